using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Messaging;

/// <summary>For tests: wait for quiet, not for time.</summary>
public static class MessagingIdle
{
    /// <summary>Returns when no outbox has a due row and every endpoint of this process is idle. Scheduled rows may remain.</summary>
    public static async Task WaitAsync(IServiceProvider services, CancellationToken ct)
    {
        // Twice: a message between a broker's confirm and its receipt is in neither place.
        for (var quiet = 0; quiet < 2;)
        {
            quiet = await IsQuietAsync(services, ct) ? quiet + 1 : 0;
            if (quiet < 2) await Task.Delay(TimeSpan.FromMilliseconds(5), ct);
        }
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
        return services.GetRequiredService<ReceiveActivity>().IsQuiet;
    }
}
