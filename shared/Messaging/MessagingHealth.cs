using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClaudeManage.Messaging;

/// <summary>How a module's messages are doing.</summary>
/// <param name="OldestDueAge">How long the oldest due message has been waiting to leave; null when none is.</param>
/// <param name="DeadLetters">Messages given up on, waiting for somebody to replay or discard them.</param>
public sealed record ModuleMessaging(string Module, TimeSpan? OldestDueAge, int Outbox, int DeadLetters);

public interface IMessagingHealth
{
    Task<IReadOnlyList<ModuleMessaging>> ReadAsync(CancellationToken ct);
}

sealed class MessagingHealth(IEnumerable<IRelay> relays, IServiceProvider services, TimeProvider clock) : IMessagingHealth, IHealthCheck
{
    static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    public async Task<IReadOnlyList<ModuleMessaging>> ReadAsync(CancellationToken ct)
    {
        var result = new List<ModuleMessaging>();
        foreach (var relay in relays)
        {
            await using var scope = services.CreateAsyncScope();
            var db = (ModuleDbContext)scope.ServiceProvider.GetRequiredService(relay.DbContext);
            var now = clock.GetUtcNow();
            // A scheduled message waits since it was due, any other since it was written.
            var due = await db.Outbox.Where(x => x.DueAt <= now).OrderBy(x => x.DueAt).ThenBy(x => x.Id)
                .Select(x => new { x.DueAt, x.CreatedAt }).FirstOrDefaultAsync(ct);
            var age = due is null ? (TimeSpan?)null : now - (due.DueAt == OutboxRow.AtOnce ? due.CreatedAt : due.DueAt);
            result.Add(new ModuleMessaging(relay.Module, age, await db.Outbox.CountAsync(x => x.DueAt <= now, ct), await db.DeadLetters.CountAsync(ct)));
        }
        return result;
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var modules = await ReadAsync(cancellationToken);
        var data = modules.ToDictionary(x => x.Module, object (x) => x);
        if (modules.Where(x => x.OldestDueAge > Late).Select(x => x.Module).ToList() is { Count: > 0 } late)
            return HealthCheckResult.Degraded($"Messages wait for more than {Late.TotalMinutes:0} minutes in: {string.Join(", ", late)}", data: data);
        return HealthCheckResult.Healthy(data: data);
    }
}
