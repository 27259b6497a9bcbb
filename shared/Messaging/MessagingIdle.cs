using ClaudeManage.Messaging.Outside;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Messaging;

/// <summary>For tests: wait for quiet, not for time.</summary>
public static class MessagingIdle
{
    /// <summary>
    /// Returns when no outbox of these processes has a due row, nothing waits at the broker for one of their endpoints, and every endpoint is
    /// idle. Scheduled rows may remain.
    /// </summary>
    public static async Task WaitAsync(CancellationToken ct, params IReadOnlyList<IServiceProvider> processes)
    {
        // A pass looks at one place after the other, and a message that moves on behind it is seen in none: so it counts only if nothing came
        // meanwhile. And twice: between a broker's confirm and its receipt a message is nowhere.
        for (long? quiet = null; ;)
        {
            var begun = Begun(processes);
            var isQuiet = await AreQuietAsync(processes, ct) && begun == Begun(processes);
            if (isQuiet && quiet == begun) return;
            quiet = isQuiet ? begun : null;
            await Task.Delay(TimeSpan.FromMilliseconds(5), ct);
        }
    }

    static long Begun(IReadOnlyList<IServiceProvider> processes) => processes.Sum(p => p.GetRequiredService<ReceiveActivity>().Begun);

    static async Task<bool> AreQuietAsync(IReadOnlyList<IServiceProvider> processes, CancellationToken ct)
    {
        foreach (var services in processes)
            if (!await IsQuietAsync(services, ct)) return false;
        return true;
    }

    static async Task<bool> IsQuietAsync(IServiceProvider services, CancellationToken ct)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        foreach (var relay in services.GetServices<IRelay>())
        {
            if (!relay.IsIdle) return false;
            await using var scope = services.CreateAsyncScope();
            var db = (ModuleDbContext)scope.ServiceProvider.GetRequiredService(relay.DbContext);
            if (await db.Outbox.AnyAsync(x => x.DueAt <= now, ct)) return false;
        }
        var activity = services.GetRequiredService<ReceiveActivity>();
        // Again afterwards: what the broker no longer has came here meanwhile.
        return activity.IsQuiet && !await WaitsAtBrokerAsync(services, ct) && activity.IsQuiet;
    }

    static async Task<bool> WaitsAtBrokerAsync(IServiceProvider services, CancellationToken ct)
    {
        var broker = services.GetRequiredService<OutsideBroker>();
        return broker.IsThere && (await broker.DepthsAsync(services.GetRequiredService<BusPlan>().Endpoints.Keys, ct)).Any(d => d.Messages > 0);
    }
}
