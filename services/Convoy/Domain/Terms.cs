using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Convoy.Domain;

/// <summary>What is to be said of a deadline.</summary>
enum DeadlineNews
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It will be missed, by what items took before.</summary>
    Late,

    /// <summary>It is over.</summary>
    Overdue,
}

/// <summary>Whether a convoy lands in time, and when that has to be asked again.</summary>
static class Deadlines
{
    /// <summary>When it is expected to land; without an estimate nothing is known that speaks against now.</summary>
    public static DateTimeOffset Expected(DateTimeOffset now, ConvoyEstimate? estimate) => now.AddSeconds(estimate?.ExpectedSeconds ?? 0);

    /// <summary>
    /// What is to be said now, and when to look again: at the last moment from which it can still land in time, then at the deadline itself.
    /// </summary>
    /// <param name="told">Whether it was said already that it will be late.</param>
    public static (DeadlineNews News, DateTimeOffset? Again) Judge(DateTimeOffset now, DateTimeOffset deadline, ConvoyEstimate? estimate, bool told)
    {
        if (deadline <= now) return (DeadlineNews.Overdue, null);
        if (told || estimate is null) return (DeadlineNews.None, deadline);
        var latest = deadline - TimeSpan.FromSeconds(estimate.ExpectedSeconds);
        return latest <= now ? (DeadlineNews.Late, deadline) : (DeadlineNews.None, latest);
    }
}
