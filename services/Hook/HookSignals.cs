using System.Collections.Concurrent;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Hook;

/// <summary>Who waits in this process for what: claims for a hook's queue, slings for an item, the scheduler for anything.</summary>
sealed class HookSignals
{
    readonly ConcurrentDictionary<string, Wakeup> _hooks = new();

    /// <summary>Something the scheduler decides by has changed.</summary>
    public Wakeup Scheduler { get; } = new();

    /// <summary>An item became known.</summary>
    public Wakeup Items { get; } = new();

    /// <summary>Take it before looking at the hook.</summary>
    public Task Mark(string hookId) => _hooks.GetOrAdd(hookId, _ => new Wakeup()).Next;

    /// <summary>Something is on the hook.</summary>
    public void Queued(string hookId)
    {
        if (_hooks.TryGetValue(hookId, out var wakeup)) wakeup.Pulse();
    }
}
