namespace ClaudeManage.Contracts.Http;

/// <summary>A message that one endpoint of a service gave up on.</summary>
/// <param name="MessageType">Its type without namespace; null when it could not be read.</param>
/// <param name="WorkItemId">The item it is about, which waits for what the message would have done.</param>
/// <param name="Cause">What went wrong, in one line; numbers and ids are blanked out.</param>
/// <param name="Group">The group of what failed for the same cause.</param>
/// <param name="Attempts">Deliveries that were put off before this last one.</param>
/// <param name="Replayable">False for what is no message, or has no endpoint here.</param>
public sealed record DeadLetter(
    long Id, string Endpoint, string? MessageType, Guid MessageId, string? WorkItemId, string Cause, string Group, int Attempts, DateTimeOffset At, bool Replayable);

/// <summary>Dead letters of one endpoint, message type and cause.</summary>
/// <param name="Letters">The newest of them.</param>
public sealed record DeadLetterGroup(
    string Key, string Endpoint, string? MessageType, string Cause, int Count, DateTimeOffset FirstAt, DateTimeOffset LastAt, IReadOnlyList<string> WorkItemIds,
    IReadOnlyList<DeadLetter> Letters);

/// <summary><c>GET /dead-letters/{service}</c>.</summary>
/// <param name="Total">All there are; the groups are made of the newest thousand.</param>
public sealed record DeadLetterList(string Service, int Total, IReadOnlyList<DeadLetterGroup> Groups);

/// <summary><c>GET /dead-letters/{service}/{id}</c>: with what was sent and what went wrong.</summary>
public sealed record DeadLetterDetail(DeadLetter Letter, string Exception, string ContentType, string Body);

/// <summary>How many were replayed or discarded.</summary>
public sealed record DeadLettersDone(int Count);
