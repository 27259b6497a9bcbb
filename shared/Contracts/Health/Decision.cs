using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Health;

/// <summary>What kind of answer is wanted.</summary>
[JsonConverter(typeof(SnakeCase<DecisionKind>))]
public enum DecisionKind
{
    /// <summary>Yes or no.</summary>
    Approve,

    /// <summary>One of the options.</summary>
    Choose,

    /// <summary>A text.</summary>
    Answer,

    /// <summary>A draft, changed or as it is.</summary>
    Edit,
}

/// <summary>Where a decision stands.</summary>
[JsonConverter(typeof(SnakeCase<DecisionState>))]
public enum DecisionState
{
    /// <summary>Waits for a person.</summary>
    Open,

    /// <summary>Answered, once; by a person, or by its default when its time was over.</summary>
    Answered,

    /// <summary>Its time was over, and it had no default.</summary>
    Expired,

    /// <summary>Nobody waits for it any more.</summary>
    Withdrawn,
}

/// <summary>An answer; the member of the decision's kind is set: <c>approve</c>, <c>choice</c>, or <c>text</c> (answer, edit).</summary>
public sealed record DecisionAnswer(bool? Approve = null, string? Choice = null, string? Text = null);

/// <summary>Something only a person may decide, and what waits for it.</summary>
/// <param name="Draft">What is to be edited.</param>
/// <param name="AskedBy">Who waits; an agent that asked gets the answer by mail.</param>
/// <param name="AssignedTo">Whose it is. Any operator who reaches its rig may answer too.</param>
/// <param name="Default">The answer when nobody gives one in time.</param>
/// <param name="GateId">The workflow gate that opens with it.</param>
public sealed record DecisionSnapshot(
    Guid Id, DecisionKind Kind, DecisionState State, string Title, string? Question, IReadOnlyList<string> Options, string? Draft, string AskedBy, string AssignedTo, string? RigId, string? WorkItemId,
    string? MoleculeId, Guid? GateId, DateTimeOffset AskedAt, DateTimeOffset? Deadline, DecisionAnswer? Default, DecisionAnswer? Given, string? AnsweredBy, string? Reason, DateTimeOffset? EndedAt);
