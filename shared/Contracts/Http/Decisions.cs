using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Contracts.Http;

/// <summary><c>POST /decisions</c>: ask a person.</summary>
/// <param name="Options">Of a choice: 2 to 20.</param>
/// <param name="Draft">Of an edit.</param>
/// <param name="Default">The answer when nobody gives one until <paramref name="Deadline"/>.</param>
/// <param name="AssignTo">Whose it is; default the overseer.</param>
public sealed record AskRequest(
    DecisionKind? Kind, string? Title, string? Question = null, IReadOnlyList<string>? Options = null, string? Draft = null, DateTimeOffset? Deadline = null, DecisionAnswer? Default = null,
    string? WorkItemId = null, string? RigId = null, string? AssignTo = null);

/// <summary><c>POST /decisions/{id}/answer</c>.</summary>
public sealed record AnswerRequest(bool? Approve = null, string? Choice = null, string? Text = null, string? Reason = null);

/// <summary><c>POST /decisions/{id}/delegate</c>.</summary>
public sealed record DelegateRequest(string? To, string? Reason = null);

/// <summary><c>GET /decisions/{id}/link</c>: what a signed link answers, and how. <c>POST</c> to the same address answers.</summary>
/// <param name="Answer">Empty where a <c>text</c> is to be sent.</param>
/// <param name="To">In whose name it answers.</param>
public sealed record LinkedDecision(DecisionSnapshot Decision, string Answer, string To, DateTimeOffset Until);
