namespace ClaudeManage.Contracts.Suite;

/// <summary>Signal, not in the trail: one replica of a service is alive, and how it is.</summary>
/// <param name="Replica">Which process; another one after each start.</param>
/// <param name="NextBy">When the next one follows; whoever has not spoken by then is late.</param>
/// <param name="Roles">What works in it by itself, without being asked.</param>
/// <param name="StartedAt">When the process began: what works in it may not have come round since.</param>
public sealed record ModulePulse(string Service, string Replica, DateTimeOffset At, DateTimeOffset NextBy, ModuleVitals Vitals, IReadOnlyList<RoleBeat> Roles, DateTimeOffset? StartedAt = null);

/// <summary>How a service is.</summary>
/// <param name="OutboxDue">Messages that are due and have not left.</param>
/// <param name="OutboxAgeSeconds">How long the oldest of them has waited.</param>
/// <param name="DatabaseMilliseconds">What its database took to answer; null when it did not.</param>
/// <param name="DiskFreeBytes">Where its files are; null where that is not known.</param>
/// <param name="Backlog">How many messages wait before each of its endpoints; null when the broker did not say.</param>
public sealed record ModuleVitals(
    int OutboxDue, double OutboxAgeSeconds, int DeadLetters, double? DatabaseMilliseconds, long? DiskFreeBytes, IReadOnlyList<EndpointBacklog>? Backlog = null);

/// <summary>Messages that wait before one endpoint.</summary>
/// <param name="Consumers">Who takes them; null where that is not known.</param>
public sealed record EndpointBacklog(string Endpoint, long Waiting, int? Consumers);

/// <summary>A loop that came round, and when it does again at the latest.</summary>
public sealed record RoleBeat(string Role, DateTimeOffset At, DateTimeOffset NextBy);
