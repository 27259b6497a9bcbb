using System.Collections.Concurrent;
using ClaudeManage.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.HookTests;

/// <summary>A clock moved by hand which knows for how long somebody has begun to wait by it.</summary>
sealed class NotingClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    readonly ConcurrentDictionary<TimeSpan, byte> _waits = new();
    long _set;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _waits[dueTime] = 0;
        return timer;
    }

    /// <summary>Somebody sets the time of day; timers and the monotonic clock stay as they are.</summary>
    public void Set(TimeSpan by)
    {
        _set += by.Ticks;
        AdjustTime(GetUtcNow() + by);
    }

    /// <inheritdoc />
    public override long GetTimestamp() => base.GetTimestamp() - _set;

    /// <summary>Returns when somebody has begun to wait exactly so long: choose a time that nobody else waits.</summary>
    public Task SomebodyWaitsAsync(TimeSpan time) =>
        Eventually.TrueAsync(() => _waits.ContainsKey(time), TimeSpan.FromSeconds(60), $"somebody waits {time}", TestContext.Current.CancellationToken);
}
