using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Domain;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeManage.RefineryTests;

/// <summary>The planner by examples, and by simulating whole queues to their end.</summary>
public sealed class PlannerTests
{
    static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly PlanLimits Limits = new(2, TimeSpan.FromMinutes(10));

    static RequestPicture Request(string id, MergeRequestState state = MergeRequestState.Queued, int priority = 2, int minute = 0, DateTimeOffset? notBefore = null, params GatePicture[] gates) =>
        new(id, state, priority, Noon.AddMinutes(minute), notBefore, gates);

    static RigPicture Rig(string id, params RequestPicture[] requests) => new(id, 1, false, null, false, false, requests);

    static IReadOnlyList<Step> Plan(params RigPicture[] rigs) => Planner.Plan(rigs, Limits, Noon.AddHours(1));

    static GatePicture Gate(string name, GateProgress candidate, GateProgress target = GateProgress.Pending, bool required = true) => new(name, required, candidate, target);

    [Fact]
    public void One_candidate_per_rig_in_the_order_of_priority_and_age()
    {
        var steps = Plan(Rig("a", Request("a1", minute: 5), Request("a2", minute: 1), Request("a3", priority: 0, minute: 15)), Rig("b", Request("b1", MergeRequestState.Landing), Request("b2", priority: 0)));
        Assert.Equal([new BuildCandidate("a", "a3"), new Land("b", "b1")], steps.OrderBy(s => s.RigId));
    }

    [Fact]
    public void Age_overtakes_priority_after_the_published_bound()
    {
        Assert.Equal(new BuildCandidate("a", "old"), Assert.Single(Plan(Rig("a", Request("old", priority: 4), Request("new", priority: 0, minute: 41)))));
        Assert.Equal(new BuildCandidate("a", "new"), Assert.Single(Plan(Rig("a", Request("old", priority: 4), Request("new", priority: 0, minute: 39)))));
    }

    [Fact]
    public void Gates_run_in_order_and_only_a_required_failure_that_is_the_changes_own_refuses()
    {
        Step Of(params GatePicture[] gates) => Assert.Single(Plan(Rig("a", Request("r", MergeRequestState.Gating, gates: gates))));
        Assert.Equal(new RunGate("a", "r", "two", false), Of(Gate("one", GateProgress.Passed), Gate("two", GateProgress.Pending), Gate("three", GateProgress.Pending)));
        Assert.Equal(new RunGate("a", "r", "one", true), Of(Gate("one", GateProgress.Failed)));
        Assert.Equal(new Refuse("a", "r", "one"), Of(Gate("one", GateProgress.Failed, GateProgress.Passed), Gate("two", GateProgress.Pending)));
        Assert.Equal(new StopRed("a", "r", "one"), Of(Gate("one", GateProgress.Failed, GateProgress.Failed)));
        Assert.Equal(new Land("a", "r"), Of(Gate("one", GateProgress.Failed, required: false), Gate("two", GateProgress.Passed)));
        Assert.Empty(Plan(Rig("a", Request("r", MergeRequestState.Gating, gates: Gate("one", GateProgress.Running)))));
    }

    [Fact]
    public void A_held_queue_does_nothing_until_it_is_tried_again_and_a_red_one_only_looks()
    {
        var rig = Rig("a", Request("r"));
        Assert.Empty(Plan(rig with { Held = true }));
        Assert.Empty(Plan(rig with { Held = true, RetryAt = Noon.AddHours(2) }));
        Assert.Equal(new BuildCandidate("a", "r"), Assert.Single(Plan(rig with { Held = true, RetryAt = Noon })));
        Assert.Equal(new ProbeTarget("a", "r"), Assert.Single(Plan(rig with { Held = true, RetryAt = Noon, Red = true })));
        Assert.Empty(Plan(rig with { Busy = true }));
        Assert.Equal(Noon.AddHours(2), Planner.NextDue([rig with { Held = true, RetryAt = Noon.AddHours(2) }], Noon));
    }

    [Fact]
    public void A_request_that_waits_for_its_commit_holds_up_nobody()
    {
        var later = Noon.AddHours(2);
        Assert.Equal(new BuildCandidate("a", "ready"), Assert.Single(Plan(Rig("a", Request("waits", priority: 0, notBefore: later), Request("ready")))));
        Assert.Equal(later, Planner.NextDue([Rig("a", Request("waits", notBefore: later))], Noon));
    }

    [Fact]
    public void Gates_are_bounded_over_all_rigs()
    {
        var rigs = Enumerable.Range(0, 5).Select(i => Rig($"r{i}", Request($"q{i}", MergeRequestState.Gating, minute: i, gates: Gate("g", i == 0 ? GateProgress.Running : GateProgress.Pending)))).ToArray();
        Assert.Equal([new RunGate("r1", "q1", "g", false)], Plan(rigs));
    }

    [Fact]
    public void Any_queue_comes_to_its_end_ungated_nothing_lands_and_limits_hold() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var simulation = new QueueSimulation(new Random(seed));
            simulation.Run();
            return simulation.Violation is null ? true : throw new InvalidOperationException($"seed {seed}: {simulation.Violation}");
        }));
}
