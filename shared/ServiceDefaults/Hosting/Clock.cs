namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>The town's time.</summary>
public static class Clock
{
    /// <summary>UTC now in whole microseconds, the precision both databases keep, so that what is hashed equals what is read back.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
