namespace ClaudeManage.Work.Domain;

/// <summary>
/// The order of the ready set: priority, then age, as one number that never changes while an item waits, so that an index
/// keeps it. The bound: one level of priority is worth one day of age, so an item of priority p waits behind no item of
/// priority q &lt; p that was created more than p − q days after it.
/// </summary>
static class Ageing
{
    /// <summary>The age one level of priority is worth.</summary>
    public static readonly TimeSpan PerLevel = TimeSpan.FromDays(1);

    /// <summary>Smaller comes first. Microseconds.</summary>
    public static long Rank(int priority, DateTimeOffset createdAt) =>
        (createdAt.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + priority * PerLevel.Ticks) / TimeSpan.TicksPerMicrosecond;
}
