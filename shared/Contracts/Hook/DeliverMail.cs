namespace ClaudeManage.Contracts.Hook;

/// <summary>Command: put a message of a part of the suite into somebody's inbox. The same id twice is one message.</summary>
/// <param name="From">A part of the suite, or a role it acts as: <c>system/health</c>, <c>shop/witness</c>.</param>
/// <param name="Type">task, notification, escalation, handoff or reply.</param>
public sealed record DeliverMail(Guid MailId, string From, string To, string Subject, string Body, string Type, int Priority, string? WorkItemId);
