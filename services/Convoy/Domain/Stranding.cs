using System.Globalization;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Convoy.Domain;

/// <summary>Why a convoy does not get on, and the one thing to do.</summary>
sealed record Stuck(string Code, string Reason, string Next, string? WorkItemId);

/// <summary>What decides whether a convoy is stranded.</summary>
/// <param name="Quiet">How long nothing of it has moved.</param>
/// <param name="Blocker">An open item outside that one of these waits for.</param>
/// <param name="LandingFailure">Why its landing needs a person.</param>
/// <param name="Spent">Set when its budget is spent: how much was.</param>
sealed record StrandingFacts(string ConvoyId, bool Auto, TimeSpan Quiet, TimeSpan StallAfter, IReadOnlyCollection<ItemFact> Items, string? Blocker, decimal? Spent = null, string? LandingFailure = null);

/// <summary>When a convoy needs somebody.</summary>
static class Stranding
{
    /// <summary>Why an item is held: its attempts are used up.</summary>
    public const string Exhausted = "exhausted";

    /// <summary>It was to land together, and that needs a person.</summary>
    public const string LandingFailed = "landing-failed";

    /// <summary>Why an item is held: Hook did not take it.</summary>
    public const string Refused = "refused";

    /// <summary>Running work may be quiet for so many times as long.</summary>
    public const int RunningPatience = 4;

    /// <summary>The most telling reason; null when it gets on. A spent budget and what is held strand it at once, all else when nothing has moved for so long.</summary>
    public static Stuck? Find(StrandingFacts facts)
    {
        var items = facts.Items.Where(i => !i.IsOver).OrderBy(i => i.Id, StringComparer.Ordinal).ToList();
        if (items.Count == 0) return null;
        if (facts.LandingFailure is { } failure)
            return new(LandingFailed, $"Its landing has failed, and nothing of it is landed: {failure}", $"Put that right, then land it again: cm convoy resume {facts.ConvoyId}", null);
        if (facts.Spent is { } spent)
            return new("over-budget", string.Create(CultureInfo.InvariantCulture, $"Its budget is spent: {spent:0.00} USD. What runs goes on, nothing more is slung."), $"Give it more: cm convoy set {facts.ConvoyId} --budget USD, or give it up: cm convoy cancel {facts.ConvoyId}", null);
        if (items.FirstOrDefault(i => i is { State: WorkItemState.Open, Hold: Exhausted }) is { } used)
            return new(Exhausted, $"{used.Id} used up its attempts: {used.HoldReason}", $"Read what went wrong (cm show {used.Id}), then sling it again: cm sling {used.Id}", used.Id);
        if (items.FirstOrDefault(i => i is { State: WorkItemState.Open, Hold: not null }) is { } held)
            return new("held", $"{held.Id} is not slung again by itself: {held.HoldReason}", $"Sling it when it may go on: cm sling {held.Id}", held.Id);
        // An item may take longer than anything about its convoy changes; whether its agent hangs is judged elsewhere, and sooner.
        var patience = items.Any(i => i.State is WorkItemState.InProgress) ? RunningPatience * facts.StallAfter : facts.StallAfter;
        if (facts.Quiet < patience) return null;
        return Quiet(facts, items);
    }

    static Stuck Quiet(StrandingFacts facts, List<ItemFact> items)
    {
        var since = $"Nothing has moved for {Text(facts.Quiet)}";
        if (items.FirstOrDefault(i => i is { State: WorkItemState.Open, Ready: true, Type: WorkItemType.Decision }) is { } decision)
            return new("waiting-for-person", $"{since}: {decision.Id} is a decision.", $"Decide it: cm show {decision.Id}, then cm close {decision.Id} --reason \"…\"", decision.Id);
        if (items.FirstOrDefault(i => i.State is WorkItemState.InProgress) is { } running)
            return new("stalled", $"{since}: {running.Id} is with {running.AgentId ?? "a worker"}.", $"Look at its session: cm session list, and take it back if it hangs: cm unsling {running.Id}", running.Id);
        if (items.FirstOrDefault(i => i is { State: WorkItemState.Submitted, Proved: null }) is { } merging)
            return new("stalled", $"{since}: {merging.Id} is in the merge queue.", $"Look at the queue: cm mq list --item {merging.Id}", merging.Id);
        if (items.FirstOrDefault(i => i.State is WorkItemState.Hooked) is { } hooked)
            return new("nobody-on-it", $"{since}: {hooked.Id} is on a hook and nobody takes it.", $"See what it waits for: cm rig show {hooked.RigId}, or take it: cm work --hook {hooked.RigId}/pool -- PROGRAM", hooked.Id);
        if (items.FirstOrDefault(i => i is { State: WorkItemState.Open, Ready: true } && Ids.IsStep(i.Id)) is { } step)
            return new("stalled", $"{since}: {step.Id} waits for its workflow.", "See which gates are shut: cm gate list", step.Id);
        if (items.FirstOrDefault(i => i is { State: WorkItemState.Open, Ready: true }) is { } ready)
            return new("nobody-on-it", $"{since}: {ready.Id} is ready and on no hook.", facts.Auto ? $"See whether its rig is parked or has no workers: cm rig show {ready.RigId}" : $"Sling it: cm sling {ready.Id} --convoy {facts.ConvoyId}", ready.Id);
        if (items.FirstOrDefault(i => i.State is WorkItemState.Parked) is { } parked)
            return new("parked", $"{since}: {parked.Id} is parked.", $"Take it up: cm resume {parked.Id}", parked.Id);
        if (facts.Blocker is { } blocker) return new("blocked-outside", $"{since}: what is left waits for {blocker}, which is not in the convoy.", $"Finish it: cm sling {blocker}", blocker);
        return new("stalled", $"{since}: {items[0].Id} does not become ready.", $"See what it waits for: cm show {items[0].Id}", items[0].Id);
    }

    static string Text(TimeSpan span) => span.TotalHours >= 2 ? $"{span.TotalHours:0} hours" : span.TotalMinutes >= 2 ? $"{span.TotalMinutes:0} minutes" : $"{span.TotalSeconds:0} seconds";
}
