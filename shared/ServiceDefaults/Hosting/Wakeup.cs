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
}
