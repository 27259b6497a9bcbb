using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using MassTransit;

namespace ClaudeManage.Refinery.Sagas;

/// <summary>One change on its way into a target branch: the saga's instance and the queue's row in one.</summary>
sealed class MergeRequest : SagaStateMachineInstance
{
    public Guid CorrelationId { get; set; }

    /// <summary>Written by the state machine only.</summary>
    public string CurrentState { get; set; } = MergeRequestStateMachine.NotHandedIn;

    public string Id { get; set; } = "";
    public string RigId { get; set; } = "";
    public string? WorkItemId { get; set; }

    /// <summary>Version of the item that was submitted; older facts about the item no longer matter.</summary>
    public long ItemVersion { get; set; }

    public string Title { get; set; } = "";
    public string? Summary { get; set; }
    public string Branch { get; set; } = "";

    /// <summary>Empty until it is read from the branch, for a request that names none.</summary>
    public string Commit { get; set; } = "";

    /// <summary>Where the branch left the target.</summary>
    public string? Base { get; set; }

    public string Target { get; set; } = "";
    public string Author { get; set; } = "";

    /// <summary>May change protected paths.</summary>
    public bool Privileged { get; set; }

    public long Fence { get; set; }
    public int Priority { get; set; }
    public MergeStrategy Strategy { get; set; }
    public int Attempt { get; set; }
    public string? ConvoyId { get; set; }

    /// <summary>The convoy with which it is being landed.</summary>
    public string? LandsWith { get; set; }

    /// <summary>When a commit that is not at the origin yet is given up.</summary>
    public DateTimeOffset WaitUntil { get; set; }

    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>Grows with every candidate, so that a late result of an earlier one is known for what it is.</summary>
    public int Round { get; set; }

    public string? Candidate { get; set; }
    public string? CandidateTree { get; set; }

    /// <summary>The target's tip the candidate stands on: what the target must still be when it is moved.</summary>
    public string? Tip { get; set; }

    public string? TipTree { get; set; }

    /// <summary>Failed gate results from before are not believed: an operator asked to try again.</summary>
    public DateTimeOffset FreshSince { get; set; }

    /// <summary>Why it is not wanted any more, said while its landing could not be stopped.</summary>
    public string? Withdrawn { get; set; }

    public List<Guid> GateRunIds { get; set; } = [];
    public ConflictInfo? Conflict { get; set; }
    public string? Feedback { get; set; }
    public string? MergedCommit { get; set; }

    /// <summary>Of what handed it in, as a W3C trace parent: building, gates and landing join it. Null where nobody recorded one.</summary>
    public string? TraceParent { get; set; }

    public DateTimeOffset QueuedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public long Version { get; set; }

    public MergeRequestState State => Enum.Parse<MergeRequestState>(CurrentState);

    public bool Ended => State is MergeRequestState.Merged or MergeRequestState.Conflicted or MergeRequestState.Rejected or MergeRequestState.Superseded;

    public MergeRequestSnapshot ToSnapshot() => new(Id, RigId, WorkItemId, Title, Branch, Commit, Base, Target, Author, Fence, Priority, Strategy, Attempt, State,
        GateRunIds, Conflict, Feedback, MergedCommit, ConvoyId, QueuedAt, UpdatedAt, EndedAt, Version);

    /// <summary>The same completion always has the same key, so that hearing of it twice makes one request.</summary>
    public static Guid KeyOf(string workItemId, long fence) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{workItemId}\n{fence}")).AsSpan(0, 16));
}
