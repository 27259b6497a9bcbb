using System.Text.Json.Serialization;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Contracts.Http;

/// <summary>Which items a convoy is made of: open ones that match all that is said.</summary>
/// <param name="Parent">Children of this item, at whatever depth.</param>
public sealed record ConvoyQuery(string? Rig = null, WorkItemType? Type = null, string? Label = null, string? Parent = null, int? MaxPriority = null);

/// <summary><c>POST /convoys</c>. Items may come from several of these at once.</summary>
/// <param name="Epic">Its leaf children, at whatever depth.</param>
/// <param name="Molecule">The items of its steps.</param>
/// <param name="MaxParallel">Items on hooks at once, 1–500.</param>
/// <param name="StallAfterSeconds">Nothing moved for so long is a stall, 30–2 592 000; by default the longest of its rigs.</param>
/// <param name="Launch">Run at once; without it the convoy is staged.</param>
/// <param name="Force">Launch in spite of warnings.</param>
/// <param name="Deadline">When it should have landed.</param>
/// <param name="BudgetUsd">What its sessions may cost together.</param>
/// <param name="Notify">Whose inboxes hear how it goes, at most 20 addresses.</param>
/// <param name="Atomic">The changes of all its rigs land together, or none does. Stays as it was made.</param>
public sealed record CreateConvoyRequest(
    string? Name, IReadOnlyList<string>? Items = null, string? Goal = null, ConvoyDispatch? Dispatch = null, string? Epic = null, string? Molecule = null,
    ConvoyQuery? Query = null, int? MaxParallel = null, int? StallAfterSeconds = null, bool Launch = false, bool Force = false,
    DateTimeOffset? Deadline = null, decimal? BudgetUsd = null, IReadOnlyList<string>? Notify = null, bool Atomic = false);

/// <summary>What <see cref="UpdateConvoyRequest"/> can take away.</summary>
[JsonConverter(typeof(SnakeCase<ConvoyTerm>))]
public enum ConvoyTerm
{
    /// <summary>It may take as long as it takes.</summary>
    Deadline,

    /// <summary>It may cost what it costs.</summary>
    Budget,

    /// <summary>As many on hooks at once as the rigs take.</summary>
    MaxParallel,
}

/// <summary><c>PATCH /convoys/{id}</c>: what is null stays.</summary>
/// <param name="Notify">In place of those named before; empty means nobody.</param>
/// <param name="Clear">What it is to be without from now on.</param>
public sealed record UpdateConvoyRequest(
    string? Name = null, string? Goal = null, DateTimeOffset? Deadline = null, decimal? BudgetUsd = null, int? MaxParallel = null, int? StallAfterSeconds = null,
    IReadOnlyList<string>? Notify = null, IReadOnlyList<ConvoyTerm>? Clear = null);

/// <summary>One line of <c>GET /convoys/{id}/timeline</c>.</summary>
/// <param name="Number">Grows with every line of the town's convoys.</param>
/// <param name="What">Of the convoy: created, launched, updated, paused, resumed, stranded, recovered, late, overdue, budget-low, landing-ordered, landing-completed, landing-failed, landed, reopened, cancelled. Of an item: slung, held, hooked, started, parked, submitted, closed, reopened, moved, trashed.</param>
public sealed record ConvoyTimelineEntry(long Number, DateTimeOffset At, string What, string? WorkItemId, string? Actor, string? Detail);

/// <summary>When an open convoy lands, by what its rigs' items took before.</summary>
/// <param name="Earliest">If every item is as quick as the quickest quarter.</param>
/// <param name="Latest">If every item takes as long as the slowest tenth.</param>
/// <param name="Late">Whether that is after the deadline.</param>
public sealed record ConvoyForecast(DateTimeOffset Earliest, DateTimeOffset Expected, DateTimeOffset Latest, bool Late);

/// <summary><c>POST /convoys/{id}/items</c>.</summary>
public sealed record ConvoyItemsRequest(IReadOnlyList<string>? Items);

/// <summary><c>POST /convoys/{id}/launch</c>.</summary>
/// <param name="Force">In spite of warnings; errors refuse it all the same.</param>
public sealed record LaunchConvoyRequest(bool Force = false);

/// <summary>What becomes of work that has begun when its convoy is cancelled.</summary>
[JsonConverter(typeof(SnakeCase<RunningWork>))]
public enum RunningWork
{
    /// <summary>It may finish.</summary>
    Finish,

    /// <summary>It is taken from whoever has it.</summary>
    Stop,
}

/// <summary><c>POST /convoys/{id}/cancel</c>.</summary>
/// <param name="Running">Null means <see cref="RunningWork.Finish"/>.</param>
public sealed record CancelConvoyRequest(RunningWork? Running = null, string? Reason = null);

/// <summary>Something a plan found.</summary>
/// <param name="Code">
/// Errors: cycle, never-runs, unknown-item. Warnings: empty, blocked-outside, late, rig-parked, rig-unknown, rig-without-workers, trashed.
/// </param>
/// <param name="Items">The items concerned; of a cycle its path, the first again at the end.</param>
public sealed record ConvoyFinding(string Code, string Detail, IReadOnlyList<string> Items);

/// <summary>An open item outside the convoy that one inside waits for.</summary>
public sealed record OutsideBlocker(string WorkItemId, string WaitsFor, string? RigId, WorkItemState State);

/// <summary>How long what is left takes, by what the rigs' items took before.</summary>
/// <param name="LowSeconds">If every item is as quick as the quickest quarter.</param>
/// <param name="HighSeconds">If every item takes as long as the slowest tenth.</param>
/// <param name="Samples">Finished items it is taken from.</param>
public sealed record ConvoyEstimate(double LowSeconds, double ExpectedSeconds, double HighSeconds, int Samples);

/// <summary><c>GET /convoys/{id}/plan</c>.</summary>
/// <param name="Waves">Layers in which the items can run; items on a cycle are in none.</param>
/// <param name="CriticalPath">The longest chain of what is left, first to begin first.</param>
/// <param name="Errors">Each refuses the launch.</param>
/// <param name="Warnings">A launch needs <c>force</c>.</param>
/// <param name="Estimate">Null with the reason in <paramref name="EstimateNote"/>.</param>
public sealed record ConvoyPlan(
    string ConvoyId, IReadOnlyList<IReadOnlyList<string>> Waves, IReadOnlyList<string> CriticalPath, IReadOnlyList<OutsideBlocker> Blockers,
    IReadOnlyList<ConvoyFinding> Errors, IReadOnlyList<ConvoyFinding> Warnings, ConvoyEstimate? Estimate, string? EstimateNote);

/// <summary><c>GET /convoys/{id}</c>: the convoy with its plan as of now.</summary>
/// <param name="CostUsd">What finished sessions of its items reported.</param>
/// <param name="ClosedPerHour">Items closed in an hour, over the last day or since the launch; null while none is.</param>
/// <param name="Forecast">Null unless it is open and its rigs have a history.</param>
/// <param name="Timeline">The last lines of <c>GET /convoys/{id}/timeline</c>, the newest first.</param>
public sealed record ConvoyDetail(
    string Id, string Name, string? Goal, ConvoyState State, string Owner, ConvoyProgress Progress, IReadOnlyList<IReadOnlyList<string>> Waves,
    IReadOnlyList<ConvoyItemSnapshot> Items, IReadOnlyList<string> Swarm, DateTimeOffset CreatedAt, DateTimeOffset? LaunchedAt, DateTimeOffset? LandedAt,
    ConvoyDispatch Dispatch, int? MaxParallel, bool Paused, int? StallAfterSeconds, ConvoyStranding? Stranded, decimal CostUsd, ConvoyPlan Plan,
    DateTimeOffset? Deadline = null, decimal? BudgetUsd = null, IReadOnlyList<string>? Notify = null, double? ClosedPerHour = null, ConvoyForecast? Forecast = null,
    IReadOnlyList<ConvoyTimelineEntry>? Timeline = null, bool Atomic = false)
{
    /// <summary>Takes over a snapshot.</summary>
    public static ConvoyDetail Of(ConvoySnapshot c, string? goal, int? stallAfterSeconds, decimal costUsd, ConvoyPlan plan) =>
        new(c.Id, c.Name, goal, c.State, c.Owner, c.Progress, plan.Waves, c.Items, c.Swarm, c.CreatedAt, c.LaunchedAt, c.LandedAt,
            c.Dispatch, c.MaxParallel, c.Paused, stallAfterSeconds, c.Stranded, costUsd, plan, c.Deadline, c.BudgetUsd, Atomic: c.Atomic);
}
