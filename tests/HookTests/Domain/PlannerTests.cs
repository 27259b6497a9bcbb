using ClaudeManage.Hook.Domain;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeManage.HookTests.Domain;

/// <summary>Properties of the planner over thousands of made-up towns.</summary>
public sealed class PlannerTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Step = TimeSpan.FromMinutes(10);

    static readonly Arbitrary<PlanInput> Towns = (
        from seed in Gen.Choose(0, int.MaxValue)
        from size in Gen.Choose(0, 40)
        select Town(new Random(seed), size)).ToArbitrary();

    static void Holds(Func<PlanInput, Plan, bool> property) =>
        Prop.ForAll(Towns, town => property(town, Planner.Make(town))).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void Never_over_capacity() => Holds((town, plan) =>
    {
        var granted = plan.Grants.Select(g => (Grant: g, Candidate: town.Waiting.Single(w => w.AssignmentId == g.AssignmentId))).ToList();
        return granted.Select(g => g.Grant.AssignmentId).Distinct().Count() == granted.Count
            && granted.Count + town.Running <= Math.Max(town.MaxWorkers, town.Running)
            && granted.Count <= town.StartsLeft
            && (town.Closed is null || granted.Count == 0)
            && town.Nodes.All(n => granted.Count(g => g.Grant.NodeId == n.NodeId) <= Math.Max(0, n.FreeSlots))
            && town.Rigs.All(r => granted.Count(g => g.Candidate.RigId == r.RigId) is var count && (count == 0 || (r.Closed is null && count + r.Running <= r.MaxWorkers)))
            && granted.All(g => Serves(town, g.Grant.NodeId, g.Candidate.RigId))
            && granted.All(g => g.Candidate.AgentId is null || !town.BusyAgents.Contains(g.Candidate.AgentId))
            && granted.Where(g => g.Candidate.AgentId is not null).GroupBy(g => g.Candidate.AgentId).All(g => g.Count() == 1);
    });

    [Fact]
    public void Nobody_waits_beside_a_slot_it_could_have() => Holds((town, plan) =>
    {
        if (town.Closed is not null || plan.Grants.Count >= town.StartsLeft || plan.Grants.Count + town.Running >= town.MaxWorkers) return true;
        var granted = plan.Grants.Select(g => (g.NodeId, Candidate: town.Waiting.Single(w => w.AssignmentId == g.AssignmentId))).ToList();
        return plan.Waits.Select(w => town.Waiting.Single(c => c.AssignmentId == w.AssignmentId)).All(c =>
            town.Rigs.SingleOrDefault(r => r.RigId == c.RigId) is not { Closed: null } rig
            || rig.Running + granted.Count(g => g.Candidate.RigId == rig.RigId) >= rig.MaxWorkers
            || (c.AgentId is not null && (town.BusyAgents.Contains(c.AgentId) || granted.Any(g => g.Candidate.AgentId == c.AgentId)))
            || town.Nodes.Where(n => Serves(town, n.NodeId, c.RigId)).All(n => n.FreeSlots - granted.Count(g => g.NodeId == n.NodeId) <= 0));
    });

    [Fact]
    public void Everybody_is_started_or_told_why_not() => Holds((town, plan) =>
        plan.Grants.Count + plan.Waits.Count == town.Waiting.Count && plan.Waits.All(w => w.Reason.Length > 0));

    [Fact]
    public void Whoever_waited_longer_than_the_bound_goes_first() => Holds((town, plan) =>
    {
        // Where only the number of slots limits: one node for all, rigs without a limit, nobody tied to an agent.
        var open = town with
        {
            Nodes = [new PlanNode("n", 3, [])],
            Closed = null,
            Rigs = [.. new[] { "a", "b", "c" }.Select(r => new PlanRig(r, 1_000, 0, null))],
            Waiting = [.. town.Waiting.Select(w => w with { AgentId = null })],
            MaxWorkers = 1_000,
            StartsLeft = 1_000,
        };
        var overdue = open.Waiting.Where(w => Now - w.QueuedAt >= Ageing.Bound(Step)).OrderBy(w => w.Rank).ThenBy(w => w.AssignmentId).Take(3).Select(w => w.AssignmentId);
        return overdue.SequenceEqual(Planner.Make(open).Grants.Select(g => g.AssignmentId).Take(overdue.Count()));
    });

    [Fact]
    public void An_old_unimportant_item_starts_by_the_bound_whatever_arrives_after_it()
    {
        var began = Now;
        var old = Candidate("old", "a", 4, began, convoy: "big");
        var waiting = new List<PlanCandidate> { old };
        for (var minute = 0; ; minute++)
        {
            var now = began.AddMinutes(minute);
            waiting.Add(Candidate($"new{minute}", "b", 0, now));
            var plan = Planner.Make(new PlanInput(now, Step, waiting, [new PlanNode("n", 1, [])], [new PlanRig("a", 9, 5, null), new PlanRig("b", 9, 0, null)],
                99, 5, 99, null, new HashSet<string>(), new Dictionary<string, int> { ["big"] = 5 }));
            var started = Assert.Single(plan.Grants).AssignmentId;
            if (started == old.AssignmentId)
            {
                Assert.InRange(now - began, Step * 4, Ageing.Bound(Step));
                return;
            }
            waiting.RemoveAll(w => w.AssignmentId == started);
        }
    }

    [Fact]
    public void Rigs_and_convoys_share_fairly()
    {
        var waiting = Enumerable.Range(0, 10).Select(i => Candidate($"a{i}", "a", 2, Now.AddSeconds(-100 + i), convoy: "big"))
            .Concat(Enumerable.Range(0, 2).Select(i => Candidate($"b{i}", "b", 2, Now.AddSeconds(-i)))).Append(Candidate("small", "a", 2, Now, convoy: "small")).ToList();
        var plan = Planner.Make(new PlanInput(Now, Step, waiting, [new PlanNode("n", 5, [])], [new PlanRig("a", 9, 0, null), new PlanRig("b", 9, 0, null)],
            99, 0, 99, null, new HashSet<string>(), new Dictionary<string, int>()));
        var started = plan.Grants.Select(g => waiting.Single(w => w.AssignmentId == g.AssignmentId)).ToList();
        Assert.Equal((3, 2), (started.Count(s => s.RigId == "a"), started.Count(s => s.RigId == "b")));
        Assert.Contains(started, s => s.ConvoyId == "small");
    }

    static bool Serves(PlanInput town, string node, string rig) => town.Nodes.Single(n => n.NodeId == node).Rigs is var rigs && (rigs.Count == 0 || rigs.Contains(rig));

    static PlanCandidate Candidate(string name, string rig, int priority, DateTimeOffset queued, string? agent = null, string? convoy = null) =>
        new(new Guid(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)), rig, agent, convoy, priority, queued, Ageing.Rank(priority, queued, Step));

    static PlanInput Town(Random random, int size)
    {
        string[] rigs = ["a", "b", "c"], agents = ["a1", "a2", "b1"], convoys = ["x", "y", "z"];
        var waiting = Enumerable.Range(0, size).Select(i => Candidate($"{random.Next()}-{i}", rigs[random.Next(3)], random.Next(5), Now.AddSeconds(-random.Next(4_000)),
            random.Next(3) == 0 ? agents[random.Next(3)] : null, random.Next(2) == 0 ? convoys[random.Next(3)] : null)).ToList();
        var nodes = Enumerable.Range(0, random.Next(4)).Select(i => new PlanNode($"n{i}", random.Next(-1, 6), random.Next(2) == 0 ? [] : [rigs[random.Next(3)]])).ToList();
        var known = rigs.Take(random.Next(1, 4)).Select(r => new PlanRig(r, random.Next(0, 7), random.Next(0, 4), random.Next(6) == 0 ? "closed" : null)).ToList();
        return new PlanInput(Now, Step, waiting, nodes, known, random.Next(0, 20), random.Next(0, 10), random.Next(0, 20), random.Next(10) == 0 ? "closed" : null,
            agents.Where(_ => random.Next(3) == 0).ToHashSet(), convoys.ToDictionary(c => c, _ => random.Next(3)));
    }
}
