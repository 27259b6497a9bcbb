using ClaudeManage.Contracts.Refinery;

namespace ClaudeManage.Refinery.Sagas;

/// <summary>Something that happened to a merge request; raised on its row, in the transaction that records it.</summary>
interface IMergeRequestEvent;

/// <summary>It was handed in.</summary>
sealed record Submit : IMergeRequestEvent;

/// <summary>It applies; this is what would land, and what the target must still be then.</summary>
sealed record TakeCandidate(string Target, string Commit, string? Base, string Candidate, string Tree, string Tip, string TipTree) : IMergeRequestEvent;

/// <summary>Its gates begin.</summary>
sealed record BeginGating : IMergeRequestEvent;

/// <summary>Every required gate passed on the candidate's tree.</summary>
sealed record PassGates : IMergeRequestEvent;

/// <summary>Every required gate passed, and it lands only together with its convoy.</summary>
sealed record HoldForConvoy : IMergeRequestEvent;

/// <summary>Its convoy lands now.</summary>
sealed record LandWithConvoy : IMergeRequestEvent;

/// <summary>Read back from the origin: the target contains the candidate.</summary>
sealed record ProveLanded(string Commit) : IMergeRequestEvent;

/// <summary>What the candidate stood on is not what the target is now; nothing was landed.</summary>
sealed record Requeue(string Reason) : IMergeRequestEvent;

/// <summary>It does not apply.</summary>
sealed record FindConflict(ConflictInfo Conflict, string Target, string Commit, string? Base, string Feedback) : IMergeRequestEvent;

/// <summary>It may not land.</summary>
sealed record Refusing(string Feedback) : IMergeRequestEvent;

/// <summary>It is not wanted any more: a newer completion, a newer lease, or the item is over.</summary>
sealed record Withdraw(string Reason) : IMergeRequestEvent;

/// <summary>An operator wants it tried again.</summary>
sealed record TryAgain : IMergeRequestEvent;
