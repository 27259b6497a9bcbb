using ClaudeManage.Contracts.Suite;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Messaging;

/// <summary>How a module's messages are doing.</summary>
/// <param name="OldestDueAge">How long the oldest due message has been waiting to leave; null when none is.</param>
/// <param name="DeadLetters">Messages given up on, waiting for somebody to replay or discard them.</param>
public sealed record ModuleMessaging(string Module, TimeSpan? OldestDueAge, int Outbox, int DeadLetters);

/// <summary>How a process's messages are doing.</summary>
public interface IMessagingHealth
{
    /// <summary>What its databases say, of each module.</summary>
    Task<IReadOnlyList<ModuleMessaging>> ReadAsync(CancellationToken ct);

    /// <summary>Messages that wait before the module's endpoints, each of them; null when the broker does not say.</summary>
    Task<IReadOnlyList<EndpointBacklog>?> BacklogAsync(Type dbContext, CancellationToken ct);
}

sealed class MessagingHealth(IEnumerable<IRelay> relays, IServiceProvider services, BusPlan plan, Outside.OutsideBroker broker, IOptions<BusOptions> options, TimeProvider clock, ILogger<MessagingHealth> log) : IMessagingHealth, IHealthCheck
{
    static readonly TimeSpan Late = TimeSpan.FromMinutes(2), Patience = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<EndpointBacklog>?> BacklogAsync(Type dbContext, CancellationToken ct)
    {
        var names = plan.Endpoints.Values.Where(e => e.DbContext == dbContext).Select(e => e.Name).Order(StringComparer.Ordinal);
        // In process the lanes are the queues, each with its own workers.
        if (options.Value.Transport == BusTransport.InProcess) return [.. names.Select(n => new EndpointBacklog(n, services.GetRequiredService<Lanes>().WaitingAt(n), null))];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            return [.. (await broker.DepthsAsync(names, patience.Token)).Select(d => new EndpointBacklog(d.Queue, d.Messages, d.Consumers))];
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogWarning("The broker did not say how many messages wait: {Reason}", e.Message);
            return null;
        }
    }

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
