using System.Collections.Concurrent;
using ClaudeManage.Contracts.Suite;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>What works by itself in this process says here that it came round; its module's pulse carries it on.</summary>
public sealed class RoleBeats(TimeProvider clock)
{
    readonly ConcurrentDictionary<(string Module, string Role), RoleBeat> _beats = new();

    readonly long _start = clock.GetTimestamp();

    /// <summary>When the process began.</summary>
    public DateTimeOffset StartedAt { get; } = clock.Now();

    /// <summary>For how long it has been there by the monotonic clock, which nobody sets.</summary>
    public TimeSpan Uptime => clock.GetElapsedTime(_start);

    /// <summary>It came round, and does again within this time.</summary>
    public void Beat(string module, string role, TimeSpan within)
    {
        var now = clock.Now();
        _beats[(module, role)] = new RoleBeat(role, now, now + within);
    }

    /// <summary>The roles of a module.</summary>
    public IReadOnlyList<RoleBeat> Of(string module) => [.. _beats.Where(b => b.Key.Module == module).Select(b => b.Value).OrderBy(b => b.Role, StringComparer.Ordinal)];
}
