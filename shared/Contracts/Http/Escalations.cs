using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Contracts.Http;

/// <summary><c>POST /escalations</c>: somebody must look at something.</summary>
/// <param name="What">In one sentence.</param>
/// <param name="Severity">Default medium.</param>
public sealed record EscalateRequest(
    string? What, Severity? Severity = null, string? Why = null, IReadOnlyList<string>? SuggestedActions = null, string? WorkItemId = null, string? RigId = null);
