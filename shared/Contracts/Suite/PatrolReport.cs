namespace ClaudeManage.Contracts.Suite;

/// <summary>Signal, not in the trail: a patrol of a service came round.</summary>
/// <param name="Patrol">Which: <c>compaction</c>, <c>retention:refinery</c>, <c>retention:node:n1</c>.</param>
/// <param name="Looked">What it looked at.</param>
/// <param name="Missed">What it should have looked at and could not.</param>
/// <param name="Findings">What it found and did.</param>
public sealed record PatrolReport(
    string Patrol, DateTimeOffset At, double DurationSeconds, IReadOnlyList<string> Looked, IReadOnlyList<string> Missed, IReadOnlyList<string> Findings, DateTimeOffset DueAt);
