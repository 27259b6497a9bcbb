using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Convoy.Domain;

/// <summary>What a plan knows of a rig.</summary>
sealed record PlanRig(string Id, RigState State, int MaxWorkers);

/// <summary>What a convoy is bound by.</summary>
/// <param name="MaxParallel">Null means as many as the rigs take.</param>
/// <param name="Now">The moment of the plan.</param>
/// <param name="Atomic">Its changes land together.</param>
sealed record PlanTerms(int? MaxParallel, bool Auto, DateTimeOffset? Deadline, DateTimeOffset Now, bool Atomic = false);

/// <summary>What a launch would find: pure, from the copies alone.</summary>
static class Planning
{
    /// <summary>Workers of a rig that is not known yet: those of a rig whose settings say nothing.</summary>
    public static int Workers(IReadOnlyDictionary<string, PlanRig> rigs, string? rigId) => rigId is not null && rigs.TryGetValue(rigId, out var rig) ? rig.MaxWorkers : new RigSettings().MaxWorkers;

    public static ConvoyPlan Of(string convoyId, WorkGraph graph, IReadOnlyDictionary<string, PlanRig> rigs, History history, PlanTerms terms)
    {
        var circles = graph.Circles();
        var blockers = Outside(graph);
        var errors = Errors(graph, rigs, circles);
        var estimate = circles.Count > 0 ? null : Forecast.Of(graph, history, terms.MaxParallel, rig => Workers(rigs, rig), terms.Now);
        var note = circles.Count > 0 ? "What goes round in a circle is never done."
            : estimate is null ? "There is no history yet: no item of these rigs has been finished."
            : blockers.Count > 0 ? "Without the time that what lies outside the convoy takes." : null;
        var waves = graph.Waves();
        return new ConvoyPlan(convoyId, waves, Chains.Critical(graph, i => history.At(i.RigId, 0.5)), blockers, errors, [.. Warnings(graph, rigs, blockers, terms.Auto), .. Late(estimate, terms), .. Inside(waves, terms)], estimate, note);
    }

    static IReadOnlyList<OutsideBlocker> Outside(WorkGraph graph) => [.. graph.Open.OrderBy(i => i.Id, StringComparer.Ordinal)
        .SelectMany(i => graph.WaitsFor(i.Id).Where(t => !graph.Members.Contains(t)).Order(StringComparer.Ordinal)
            .Select(t => new OutsideBlocker(i.Id, t, graph[t].RigId, graph[t].State ?? WorkItemState.Open)))];

    static List<ConvoyFinding> Errors(WorkGraph graph, IReadOnlyDictionary<string, PlanRig> rigs, IReadOnlyList<IReadOnlyList<string>> circles)
    {
        var errors = circles.Select(c => new ConvoyFinding("cycle", $"These wait for each other in a circle: {string.Join(" → ", c)}. Remove one of the dependencies (an epic waits for its children).", c)).ToList();
        var unknown = graph.Open.Where(i => i.State is null).Select(i => i.Id).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0) errors.Add(new("unknown-item", $"Nothing is known of {string.Join(", ", unknown)}. Check the ids, or take them out of the convoy.", unknown));
        foreach (var group in NeverRuns(graph, rigs).Where(n => graph.Members.Contains(n.Key)).GroupBy(n => n.Value).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var items = group.Select(n => n.Key).Order(StringComparer.Ordinal).ToList();
            errors.Add(new("never-runs", $"{string.Join(", ", items)} can never run: {group.Key}", items));
        }
        return errors;
    }

    /// <summary>Open items that can never run, inside and outside, each with why.</summary>
    static Dictionary<string, string> NeverRuns(WorkGraph graph, IReadOnlyDictionary<string, PlanRig> rigs)
    {
        var never = graph.Circular.ToDictionary(id => id, _ => "it is in a circle or waits for one.");
        foreach (var id in graph.Order.Where(i => !graph[i].IsOver))
        {
            var item = graph[id];
            if (item.Container && graph.Members.Contains(id)) never[id] = "an epic is a container; name its children, or make the convoy from the epic.";
            else if (item.RigId is { } rig && rigs.TryGetValue(rig, out var known) && known.State == RigState.Docked && item.State is not WorkItemState.Submitted && !item.Container)
                never[id] = $"the rig {rig} is out of operation.";
            else if (graph.WaitsFor(id).Where(never.ContainsKey).Order(StringComparer.Ordinal).FirstOrDefault() is { } dead) never[id] = $"it waits for {dead}, which can never run.";
        }
        return never;
    }

    static IEnumerable<ConvoyFinding> Late(ConvoyEstimate? estimate, PlanTerms terms)
    {
        if (terms.Deadline is not { } deadline || Deadlines.Expected(terms.Now, estimate) is var expected && expected < deadline) yield break;
        yield return new("late", deadline <= terms.Now ? $"Its deadline, {deadline:u}, is over." : $"It is expected to land at {expected:u}, after its deadline, {deadline:u}.", []);
    }

    static IEnumerable<ConvoyFinding> Inside(IReadOnlyList<IReadOnlyList<string>> waves, PlanTerms terms)
    {
        if (!terms.Atomic || waves.Count < 2) yield break;
        List<string> later = [.. waves.Skip(1).SelectMany(w => w)];
        yield return new("waits-inside", $"{string.Join(", ", later.Take(10))} begin only when others of the convoy are closed, and those with a change are closed only when all land together. Take the dependencies away, or make two convoys.", later);
    }

    static List<ConvoyFinding> Warnings(WorkGraph graph, IReadOnlyDictionary<string, PlanRig> rigs, IReadOnlyList<OutsideBlocker> blockers, bool auto)
    {
        var warnings = new List<ConvoyFinding>();
        if (!graph.Open.Any()) warnings.Add(new("empty", graph.Members.Count == 0 ? "There is nothing in it; it never lands by itself." : "Everything in it is over already.", []));
        if (blockers.Count > 0)
            warnings.Add(new("blocked-outside", $"Some wait for items outside the convoy: {string.Join("; ", blockers.Take(10).Select(b => $"{b.WorkItemId} for {b.WaitsFor}"))}.", [.. blockers.Select(b => b.WorkItemId).Distinct()]));
        foreach (var group in graph.Open.Where(i => i.RigId is not null).GroupBy(i => i.RigId!).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var items = group.Select(i => i.Id).Order(StringComparer.Ordinal).ToList();
            if (!rigs.TryGetValue(group.Key, out var rig)) warnings.Add(new("rig-unknown", $"Nothing was heard of the rig {group.Key} yet; it is taken for one in operation.", items));
            else if (rig.State == RigState.Parked) warnings.Add(new("rig-parked", $"The rig {rig.Id} is parked; its items wait until it is taken up again.", items));
            else if (auto && rig is { State: RigState.Active, MaxWorkers: 0 }) warnings.Add(new("rig-without-workers", $"The rig {rig.Id} has no workers (`maxWorkers` is 0), so nothing of it is slung.", items));
        }
        var trashed = graph.Members.Where(m => graph[m].Trashed).Order(StringComparer.Ordinal).ToList();
        if (trashed.Count > 0) warnings.Add(new("trashed", $"{string.Join(", ", trashed)}: in the trash, and so not counted.", trashed));
        return warnings;
    }
}
