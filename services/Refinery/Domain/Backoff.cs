namespace ClaudeManage.Refinery.Domain;

/// <summary>Doubling waits with an upper end.</summary>
static class Backoff
{
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest) =>
        TimeSpan.FromTicks(Math.Min(longest.Ticks, (long)Math.Min(first.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, 40)), longest.Ticks)));
}
