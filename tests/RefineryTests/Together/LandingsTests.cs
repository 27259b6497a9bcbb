using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Domain;

namespace ClaudeManage.RefineryTests.Together;

/// <summary>Who does what when, of landings over several rigs; and what the planner makes of it.</summary>
public sealed class LandingsTests
{
    static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly PlanLimits Limits = new(4, TimeSpan.FromMinutes(10));

    static LandingFacts Landing(LandingPhase phase, params PartState[] parts) => new("c", phase, Noon, [.. parts.Select((s, i) => new PartFacts($"r{i}", i, s))]);

    static string Duties(LandingFacts landing) => string.Join(' ', Landings.Duties([landing]).OrderBy(d => d.Key).Select(d => d.Value.Duty));

    [Fact]
    public void Targets_move_one_after_the_other_and_only_those_that_moved_are_taken_back()
    {
        Assert.Equal("Prove Wait Prove", Duties(Landing(LandingPhase.Preparing, PartState.Proving, PartState.Ready, PartState.Proving)));
        Assert.Equal("Move Wait Wait", Duties(Landing(LandingPhase.Moving, PartState.Ready, PartState.Ready, PartState.Ready)));
        Assert.Equal("Move Wait Wait", Duties(Landing(LandingPhase.Moving, PartState.Moving, PartState.Ready, PartState.Ready)));
        Assert.Equal("Wait Move Wait", Duties(Landing(LandingPhase.Moving, PartState.Moved, PartState.Ready, PartState.Ready)));
        Assert.Equal("Restore Restore Wait", Duties(Landing(LandingPhase.Undoing, PartState.Moved, PartState.Moving, PartState.Ready)));
        Assert.Equal("Wait Wait", Duties(Landing(LandingPhase.Undoing, PartState.Restored, PartState.Stuck)));
        Assert.Equal("", Duties(Landing(LandingPhase.None, PartState.Moved)));
    }

    [Fact]
    public void Landings_that_share_a_rig_run_in_the_order_of_their_orders_and_others_at_once()
    {
        LandingFacts Of(string convoy, int minute, LandingPhase phase, params string[] rigs) => new(convoy, phase, Noon.AddMinutes(minute), [.. rigs.Select((r, i) => new PartFacts(r, i, PartState.Ready))]);
        var duties = Landings.Duties([Of("second", 2, LandingPhase.Preparing, "b", "c"), Of("first", 1, LandingPhase.Preparing, "a", "b"), Of("third", 3, LandingPhase.Preparing, "c", "d"), Of("apart", 4, LandingPhase.Preparing, "e")]);
        Assert.Equal([("a", "first"), ("b", "first"), ("e", "apart")], duties.OrderBy(d => d.Key).Select(d => (d.Key, d.Value.ConvoyId)));
        // What moves already comes before what was ordered earlier.
        Assert.Equal("moving", Landings.Duties([Of("waits", 1, LandingPhase.Preparing, "a"), Of("moving", 2, LandingPhase.Moving, "a")])["a"].ConvoyId);
    }

    [Fact]
    public void A_proof_holds_on_the_tip_and_each_further_one_on_the_one_before()
    {
        Assert.Equal(2, Landings.Holding("t", [("t", "a", true), ("a", "b", true)]));
        Assert.Equal(1, Landings.Holding("t", [("t", "a", true), ("t", "b", true), ("b", "c", true)]));
        Assert.Equal(0, Landings.Holding("u", [("t", "a", true), ("a", "b", true)]));
        Assert.Equal(0, Landings.Holding("t", [("t", "a", false)]));
    }

    static Step? Plan(RigPicture rig) => Planner.Plan([rig], Limits, Noon).SingleOrDefault();

    static RequestPicture Request(string id, MergeRequestState state, bool held = true) => new(id, state, 2, Noon, null, [], held);

    static RigPicture Rig(PartPicture? part, params RequestPicture[] requests) => new("r", 2, false, null, false, false, requests, part);

    static PartPicture Part(PartDuty duty, params string[] chain) => new("c", duty, [.. chain.Select(i => new ChainLink(i, $"{i}-commit", $"{i}-candidate", $"{i}-branch"))]);

    [Fact]
    public void What_waits_for_its_convoy_is_passed_by_and_let_go_it_queues_again()
    {
        Assert.Equal(new BuildCandidate("r", "q"), Plan(Rig(null, Request("p", MergeRequestState.Proved), Request("q", MergeRequestState.Queued))));
        Assert.Null(Plan(Rig(null, Request("p", MergeRequestState.Proved))));
        Assert.Equal(new Release("r", "p"), Plan(Rig(null, Request("p", MergeRequestState.Proved, held: false), Request("q", MergeRequestState.Queued))));
    }

    [Fact]
    public void A_rig_that_prepares_works_on_nothing_else_and_builds_each_on_the_one_before()
    {
        var part = Part(PartDuty.Prove, "p", "s");
        var built = Assert.IsType<BuildCandidate>(Plan(Rig(part, Request("other", MergeRequestState.Queued), Request("p", MergeRequestState.Proved), Request("s", MergeRequestState.Queued))));
        Assert.Equal(("s", "p-candidate"), (built.RequestId, built.On!.Candidate));
        Assert.Null(Assert.IsType<BuildCandidate>(Plan(Rig(part, Request("p", MergeRequestState.Queued), Request("s", MergeRequestState.Queued)))).On);
        Assert.IsType<CheckChain>(Plan(Rig(part, Request("other", MergeRequestState.Queued), Request("p", MergeRequestState.Proved), Request("s", MergeRequestState.Proved))));
        // What has begun before comes to its end first.
        Assert.Equal("other", Plan(Rig(part, Request("other", MergeRequestState.Gating), Request("p", MergeRequestState.Proved), Request("s", MergeRequestState.Proved)))!.RequestId);
        Assert.Null(Plan(Rig(Part(PartDuty.Wait, "p"), Request("other", MergeRequestState.Queued), Request("p", MergeRequestState.Proved))));
    }

    [Fact]
    public void A_pause_stops_preparing_and_does_not_leave_a_landing_half_done()
    {
        RigPicture Paused(PartDuty duty, DateTimeOffset? retry = null) => Rig(Part(duty, "p"), Request("p", duty == PartDuty.Prove ? MergeRequestState.Proved : MergeRequestState.Landing)) with { Held = true, RetryAt = retry };
        Assert.Null(Plan(Paused(PartDuty.Prove)));
        Assert.Equal(new MoveTarget("r", "p", "c"), Plan(Paused(PartDuty.Move)));
        Assert.Equal(new RestoreTarget("r", "p", "c"), Plan(Paused(PartDuty.Restore)));
        Assert.Null(Plan(Paused(PartDuty.Restore, Noon.AddSeconds(5))));
        Assert.Equal(Noon.AddSeconds(5), Planner.NextDue([Paused(PartDuty.Restore, Noon.AddSeconds(5))], Noon));
    }
}
