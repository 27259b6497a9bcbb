namespace ClaudeManage.Contracts.Http;

/// <summary>What became of a message from outside.</summary>
/// <param name="Status"><c>accepted</c>; <c>duplicate</c>, it was here before; <c>ignored</c>, nothing was to be done.</param>
/// <param name="WorkItemIds">The items it made or changed.</param>
/// <param name="Detail">Why nothing was done.</param>
public sealed record IngestResult(string Status, string Type, IReadOnlyList<string> WorkItemIds, string? Detail = null);

/// <summary>A message from outside that was refused.</summary>
/// <param name="Path">JSONPath of what is wrong; <c>$</c> is the whole.</param>
public sealed record IngestRejection(Guid Id, DateTimeOffset At, string Source, string? Type, string? MessageId, string Code, string Path, string Reason);
