using System.Text.Json.Serialization;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Workflow.Domain.Runs;

/// <summary>What one attempt cost, told when it ended.</summary>
/// <param name="Fence">Of its lease: no two attempts at an item have the same.</param>
sealed record AttemptCost(long Fence, decimal Usd);

/// <summary>What the attempts at a step cost, each counted once however often and in whatever order they are told.</summary>
/// <param name="Last">Fence of the newest attempt that ended.</param>
/// <param name="HandedIn">That one said done: whether it is, somebody still decides.</param>
/// <param name="Since">Attempts up to this fence were paid from a budget that was granted before.</param>
/// <param name="Low">Somebody was told that most of the budget is spent.</param>
sealed record StepSpending(IReadOnlyList<AttemptCost> Attempts, long Last = 0, bool HandedIn = false, long Since = 0, bool Low = false)
{
    /// <summary>Nothing was told yet.</summary>
    public static readonly StepSpending None = new([]);

    /// <summary>All attempts there ever were, USD.</summary>
    [JsonIgnore]
    public decimal Total => Attempts.Sum(a => a.Usd);

    /// <summary>What counts against the budget, USD.</summary>
    [JsonIgnore]
    public decimal Spent => Attempts.Where(a => a.Fence > Since).Sum(a => a.Usd);

    /// <summary>An attempt ended.</summary>
    public StepSpending Ended(long fence, decimal usd, bool handedIn) => this with
    {
        Attempts = usd <= 0 || Attempts.Any(a => a.Fence == fence) ? Attempts : [.. Attempts, new AttemptCost(fence, Budget.Counted(usd))],
        Last = Math.Max(Last, fence),
        HandedIn = fence >= Last ? handedIn : HandedIn,
    };

    /// <summary>What the attempt handed in was sent back.</summary>
    public StepSpending SentBack(long fence) => fence >= Last ? this with { HandedIn = false } : this;

    /// <summary>The whole budget once more, for attempts after those that were begun.</summary>
    /// <param name="fence">Of the newest attempt that was begun.</param>
    public StepSpending Granted(long fence) => this with { Since = Math.Max(Since, Math.Max(fence, Last)), Low = false };

    /// <summary>Whether work that was handed in under this fence, or a later one, waits to be decided on.</summary>
    public bool Awaits(long fence) => HandedIn && fence <= Last;
}
