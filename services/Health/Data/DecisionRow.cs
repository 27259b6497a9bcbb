using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Health.Data;

/// <summary>A decision in the human inbox; kept when it is over.</summary>
sealed class DecisionRow
{
    public Guid Id { get; set; }

    public DecisionKind Kind { get; set; }

    public DecisionState State { get; set; }

    public string Title { get; set; } = "";

    public string? Question { get; set; }

    public IReadOnlyList<string> Options { get; set; } = [];

    public string? Draft { get; set; }

    public string AskedBy { get; set; } = "";

    public string AssignedTo { get; set; } = "";

    public string? RigId { get; set; }

    public string? WorkItemId { get; set; }

    public string? MoleculeId { get; set; }

    public Guid? GateId { get; set; }

    public DateTimeOffset AskedAt { get; set; }

    public DateTimeOffset? Deadline { get; set; }

    public DecisionAnswer? Default { get; set; }

    public DecisionAnswer? Given { get; set; }

    public string? AnsweredBy { get; set; }

    public string? Reason { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Raised with every change: two answers at once are one.</summary>
    public long Version { get; set; }

    public DecisionSnapshot ToSnapshot() => new(Id, Kind, State, Title, Question, Options, Draft, AskedBy, AssignedTo, RigId, WorkItemId, MoleculeId, GateId, AskedAt, Deadline, Default, Given, AnsweredBy,
        Reason, EndedAt);
}
