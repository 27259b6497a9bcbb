namespace ClaudeManage.Hook.Domain;

/// <summary>
/// Priority with ageing as one number that never changes while an entry waits, so that an index keeps the order: the time
/// it was queued plus one step per level of priority. The bound: an entry is passed over only by those queued less than
/// <see cref="Levels"/> steps after it.
/// </summary>
static class Ageing
{
    /// <summary>Priorities are 0 (first) to 4.</summary>
    public const int MaxPriority = 4;

    /// <summary>Steps of the published bound.</summary>
    public const int Levels = MaxPriority + 1;

    // About 30 years: whatever came back to the front stands before everything that did not, and in order among itself.
    const long FrontMicroseconds = 1_000_000_000_000_000;

    /// <summary>Smaller comes first. Microseconds.</summary>
    public static long Rank(int priority, DateTimeOffset queuedAt, TimeSpan step, bool front = false) =>
        (queuedAt.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + priority * step.Ticks) / TimeSpan.TicksPerMicrosecond - (front ? FrontMicroseconds : 0);

    /// <summary>The longest an entry waits before it goes before everything newer, whatever its priority or rig.</summary>
    public static TimeSpan Bound(TimeSpan step) => Levels * step;

    /// <summary>The level an entry has reached by waiting; 0 is the highest.</summary>
    public static int Level(int priority, TimeSpan waited, TimeSpan step) =>
        Math.Max(0, priority - (int)Math.Min(int.MaxValue, Math.Max(0, waited.Ticks) / step.Ticks));
}
