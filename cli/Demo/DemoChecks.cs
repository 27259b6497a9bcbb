using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Demo;

/// <summary>One thing that was checked, and how it came out.</summary>
sealed record DemoCheck(string What, bool Ok, string Finding);

/// <summary>What was played and is looked at afterwards.</summary>
/// <param name="LateExit">How <c>cm done</c> of the paused worker ended.</param>
sealed record DemoPlayed(string ConvoyId, string MoleculeId, string WorkflowConvoyId, int LateExit);

/// <summary>Looks at the repositories, the trail and the machine from outside; nothing here asks the demo what it believes.</summary>
sealed class DemoChecks(DemoDirectory directory, DemoKind kind, DemoState state)
{
    /// <summary>While the town is still up.</summary>
    public async Task<IReadOnlyList<DemoCheck>> RunAsync(TownClient town, DemoPlayed played, CancellationToken ct)
    {
        var items = new List<WorkItemSnapshot>();
        foreach (var item in state.Items) items.Add(await town.Call<WorkItemSnapshot>(HttpMethod.Get, $"work-items/{item.Id}").SendAsync(ct));
        var convoy = await town.Convoy(played.ConvoyId).SendAsync(ct);
        var trail = await TrailAsync(town, ct);
        var verify = await town.Call<JsonElement>(HttpMethod.Get, "events/verify").SendAsync(ct);
        var replay = await town.Call<JsonElement>(HttpMethod.Post, "runtime/replay").SendAsync(ct);
        var late = state.ByKey(DemoPlan.Late);
        var workflow = await DemoWorkflow.LookAsync(town, played.MoleculeId, ct);

        return
        [
            Check("every item is closed with its merged commit", items.Where(i => i.State is not WorkItemState.Closed || i.Outcome?.MergedCommit is null).Select(i => i.Id), $"{items.Count} items"),
            await MergedOnceAsync(items, ct),
            await GreenAsync(ct),
            FencesGrow(trail),
            Check("the paused worker was refused", played.LateExit == 5 ? [] : [$"cm done ended with {played.LateExit}"], "lease-lost, exit code 5"),
            Check("its item was done by another", items.Where(i => i.Id == late.Id && i.Outcome?.Fence is null or 1).Select(i => i.Id), $"{late.Id} under fence {items.Single(i => i.Id == late.Id).Outcome?.Fence}"),
            Check("the killed agent's item was done by a new attempt", state.ByKey(DemoPlan.Killed).Fences.Count >= 2 ? [] : ["only one lease"], $"fences {string.Join(" ", state.ByKey(DemoPlan.Killed).Fences)}"),
            Check("what the killed agent had not saved is kept", state.Count("session.checkpoint") > 0 ? [] : ["no checkpoint"], $"{state.Count("session.checkpoint")} checkpoints"),
            Check("a conflict went back and landed", state.Count("merge.conflicted") > 0 ? [] : ["no conflict was seen"], $"{state.Count("merge.conflicted")} conflicts"),
            Check("the gate refused a change and took its fix", state.Count("merge.rejected") > 0 ? [] : ["nothing was refused"], $"{state.Count("merge.rejected")} refused"),
            Check("agents worked at once", state.MostAtOnce >= 4 ? [] : [$"at most {state.MostAtOnce}"], $"{state.MostAtOnce} at one moment"),
            Check("the convoy landed once", LandedOnce(convoy, trail), convoy.Id),
            Check("the workflow did every step once and its gates opened", workflow.Wrong, workflow.Finding),
            await WorkflowConvoyAsync(town, played, trail, ct),
            Check("the trail is whole", verify.GetProperty("ok").GetBoolean() ? [] : [verify.ToString()], $"{trail.Count} events, hashes verified"),
            Check("replaying the trail gives the same state", replay.GetProperty("differences").GetArrayLength() == 0 ? [] : [replay.ToString()], $"{replay.GetProperty("events").GetInt64()} events folded"),
        ];
    }

    /// <summary>After the town has stopped.</summary>
    public IReadOnlyList<DemoCheck> AfterStop(int? exitCode) =>
    [
        Check("the town stopped cleanly", exitCode == 0 ? [] : [$"exit code {exitCode}"], "exit code 0"),
        Check("no process is left", state.SessionIds.SelectMany(s => ProcessGroup.FindByMark("CLAUDEMANAGE_SESSION", s)).Select(p => $"pid {p}"), $"{state.SessionIds.Count} sessions looked for"),
        Check("no worktree is left", directory.Worktrees(kind), "worktrees/ is empty"),
    ];

    async Task<DemoCheck> MergedOnceAsync(IReadOnlyList<WorkItemSnapshot> items, CancellationToken ct)
    {
        var wrong = new List<string>();
        foreach (var (rig, _) in DemoPlan.Rigs)
        {
            var commits = (await directory.GitAsync(directory.Origin(rig), ct, "log", "--first-parent", "--format=%H %(trailers:key=Work-Item,valueonly,separator=%x2C)", "main"))
                .Split('\n').Select(l => l.Split(' ', 2)).ToList();
            foreach (var item in items.Where(i => i.RigId == rig))
            {
                if (commits.Count(c => c[0] == item.Outcome?.MergedCommit) != 1) wrong.Add($"{item.Id}: commit {item.Outcome?.MergedCommit} is not once in main");
                if (commits.Count(c => c.Length > 1 && c[1].Trim() == item.Id) != 1) wrong.Add($"{item.Id}: not landed exactly once");
            }
            if (commits.Count != items.Count(i => i.RigId == rig) + 1) wrong.Add($"{rig}: {commits.Count} commits on main");
        }
        return Check("each commit is in main exactly once", wrong, "git log --first-parent, both rigs");
    }

    async Task<DemoCheck> GreenAsync(CancellationToken ct)
    {
        var (red, count) = (new List<string>(), 0);
        foreach (var (rig, _) in DemoPlan.Rigs)
        {
            foreach (var commit in (await directory.GitAsync(directory.Origin(rig), ct, "rev-list", "--first-parent", "main")).Split('\n'))
            {
                count++;
                if (!await directory.GatePassesAsync(rig, commit, ct)) red.Add($"{rig} {commit[..10]}");
            }
        }
        return Check("every first-parent commit of main passes the gate", red, $"{count} commits, each checked out and gated again");
    }

    static DemoCheck FencesGrow(IReadOnlyList<TrailEntry> trail)
    {
        var wrong = trail.Where(e => e.EventType == "lease.granted").GroupBy(e => e.WorkItemId)
            .Select(g => (Item: g.Key, Fences: g.Select(e => e.Payload.GetProperty("assignment").GetProperty("fence").GetInt64()).ToList()))
            .Where(g => g.Fences.Zip(g.Fences.Skip(1)).Any(p => p.Second <= p.First)).Select(g => $"{g.Item}: {string.Join(" ", g.Fences)}");
        return Check("fences strictly increase", wrong, $"{trail.Count(e => e.EventType == "lease.granted")} leases");
    }

    static IReadOnlyList<string> LandedOnce(ConvoyDetail convoy, IReadOnlyList<TrailEntry> trail)
    {
        var landings = trail.Count(e => e.EventType == "convoy.landed" && e.ConvoyId == convoy.Id);
        return convoy.State is ConvoyState.Landed && landings == 1 ? [] : [$"{convoy.State}, {landings} landings"];
    }

    async Task<DemoCheck> WorkflowConvoyAsync(TownClient town, DemoPlayed played, IReadOnlyList<TrailEntry> trail, CancellationToken ct)
    {
        var convoy = await town.Convoy(played.WorkflowConvoyId).SendAsync(ct);
        var steps = (await town.Molecule(played.MoleculeId).SendAsync(ct)).Steps.Where(s => s.Kind is StepKind.Work or StepKind.Gate).Select(s => s.WorkItemId!).ToList();
        var receipt = state.ByKey(DemoPlan.Receipt).Id;
        var slung = (await town.ConvoyTimeline(convoy.Id, limit: 500).SendAsync(ct)).Items.Where(t => t.What == "slung").Select(t => t.WorkItemId!).ToList();
        var wrong = LandedOnce(convoy, trail).ToList();
        if (!convoy.Items.Select(i => i.Id).ToHashSet().SetEquals([.. steps, receipt])) wrong.Add($"it holds {string.Join(" ", convoy.Items.Select(i => i.Id))}");
        if (convoy.Items.Select(i => i.RigId).Distinct().Count() != DemoPlan.Rigs.Count) wrong.Add("it is not over both rigs");
        if (!slung.SequenceEqual([receipt])) wrong.Add($"it put on hooks: {string.Join(" ", slung)}");
        return Check("the convoy of the workflow's steps and an item of the other rig landed once", wrong, $"{convoy.Id}: {steps.Count} steps, left to their workflow, and {receipt}");
    }

    static async Task<IReadOnlyList<TrailEntry>> TrailAsync(TownClient town, CancellationToken ct)
    {
        var all = new List<TrailEntry>();
        while (true)
        {
            var page = await town.Events(all.Count == 0 ? 0 : all[^1].Sequence, limit: 500).SendAsync(ct);
            all.AddRange(page.Items);
            if (page.Items.Count < 500) return all;
        }
    }

    static DemoCheck Check(string what, IEnumerable<string> wrong, string finding)
    {
        var list = wrong.ToList();
        return new DemoCheck(what, list.Count == 0, list.Count == 0 ? finding : string.Join("; ", list.Take(5)));
    }
}
