namespace ClaudeManage.Bench;

/// <summary>Open-loop load: the next operation begins when its time has come, whether the last has ended or not.</summary>
static class Pace
{
    /// <summary>So many operations, one every <paramref name="interval"/>; returns when all have ended.</summary>
    public static async Task EveryAsync(TimeSpan interval, int count, TimeProvider clock, Func<int, Task> operation, CancellationToken ct)
    {
        var (began, running) = (clock.GetTimestamp(), new List<Task>());
        for (var i = 0; i < count; i++)
        {
            var wait = interval * i - clock.GetElapsedTime(began);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, ct);
            running.Add(operation(i));
        }
        await Task.WhenAll(running);
    }
}
