namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>Wakes everybody who waits for news; what was pulsed before the wait began is not lost if the mark was taken first.</summary>
public sealed class Wakeup
{
    volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Take it before looking for work, wait on it when there was none.</summary>
    public Task Next => _next.Task;

    /// <summary>Wakes all who wait.</summary>
    public void Pulse() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Waits for <paramref name="mark"/> at most so long. True when woken.</summary>
    public static async Task<bool> WaitAsync(Task mark, TimeSpan longest, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            await mark.WaitAsync(longest, clock, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    // Another replica may be the one that hears the news.
    static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks again with every pulse, and now and then without, until it is so or the patience is over. True when it is so.</summary>
    public async Task<bool> UntilAsync(Func<CancellationToken, Task<bool>> isSo, TimeSpan patience, TimeProvider clock, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            var mark = Next;
            if (await isSo(ct)) return true;
            var left = patience - clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return false;
            await WaitAsync(mark, left < Slice ? left : Slice, clock, ct);
        }
    }
}
