namespace ClaudeManage.Contracts.Work;

/// <summary>How far a budget is spent. What runs is known to cost only when it ends, so a budget may be passed by what runs.</summary>
public static class Budget
{
    /// <summary>From this share on it is said to be low.</summary>
    public const decimal LowShare = 0.8m;

    /// <summary>Nothing more may be begun.</summary>
    public static bool IsSpent(decimal? budget, decimal spent) => budget is { } most && spent >= most;

    /// <summary>Little is left.</summary>
    public static bool IsLow(decimal? budget, decimal spent) => budget is { } most && spent >= LowShare * most;
}
