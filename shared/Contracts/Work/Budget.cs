namespace ClaudeManage.Contracts.Work;

/// <summary>How far a budget is spent. What runs is known to cost only when it ends, so a budget may be passed by what runs.</summary>
public static class Budget
{
    /// <summary>From this share on it is said to be low.</summary>
    public const decimal LowShare = 0.8m;

    /// <summary>More than one session can have cost.</summary>
    public const decimal MostUsd = 1_000_000;

    /// <summary>Whether one session can have used this; it is the session's own word.</summary>
    public static bool IsPossible(Usage usage) => usage is { InputTokens: >= 0, OutputTokens: >= 0, CostUsd: >= 0 and <= MostUsd };

    /// <summary>What counts of what a session is said to have cost; the sum of any number of them can be kept.</summary>
    public static decimal Counted(decimal usd) => Math.Clamp(usd, 0, MostUsd);

    /// <summary>Nothing more may be begun.</summary>
    public static bool IsSpent(decimal? budget, decimal spent) => budget is { } most && spent >= most;

    /// <summary>Little is left.</summary>
    public static bool IsLow(decimal? budget, decimal spent) => budget is { } most && spent >= LowShare * most;
}
