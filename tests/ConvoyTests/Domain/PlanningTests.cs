using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Domain;

namespace ClaudeManage.ConvoyTests.Domain;

/// <summary>What a plan finds, what it estimates, and which verb which state takes.</summary>
public sealed class PlanningTests
{
    static readonly Dictionary<string, PlanRig> Rigs = new[] { new PlanRig("shop", RigState.Active, 2), new PlanRig("parked", RigState.Parked, 2), new PlanRig("docked", RigState.Docked, 2), new PlanRig("idle", RigState.Active, 0) }.ToDictionary(r => r.Id);

    static readonly DateTimeOffset Now = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);

    static PlanItem Item(string id, WorkItemState? state = WorkItemState.Open, string? rig = "shop", bool epic = false, bool trashed = false, string? parent = null, params string[] blockers) => new(id, rig, state, epic, trashed, parent, blockers);

    static History Took(params double[] seconds) => new(new Dictionary<string, IReadOnlyList<double>> { ["shop"] = seconds });

    static ConvoyPlan Plan(IReadOnlyList<PlanItem> items, string[]? members = null, History? history = null, int? max = null, bool auto = true, DateTimeOffset? deadline = null) =>
        Planning.Of("hq-cv-aaaaa", new WorkGraph(items, members ?? [.. items.Select(i => i.Id)]), Rigs, history ?? Took(), new PlanTerms(max, auto, deadline, Now));

    [Fact]
    public void Errors_name_the_circle_what_can_never_run_and_what_nobody_knows()
    {
        var plan = Plan([Item("a", blockers: ["b"]), Item("b", blockers: ["a"]), Item("c", blockers: ["a"]), Item("d", rig: "docked"), Item("e", blockers: ["d"]), Item("f", epic: true), Item("g", null, null)]);
        Assert.Equal(["a", "b", "a"], plan.Errors.Single(e => e.Code == "cycle").Items);
        Assert.Equal(["g"], plan.Errors.Single(e => e.Code == "unknown-item").Items);
        Assert.Equal([["a", "b", "c"], ["d"], ["e"], ["f"]], plan.Errors.Where(e => e.Code == "never-runs").Select(e => e.Items).OrderBy(i => i[0], StringComparer.Ordinal));
        Assert.Null(plan.Estimate);
        Assert.Contains("circle", plan.EstimateNote);
    }

    [Fact]
    public void Warnings_name_what_lies_outside_and_what_the_rigs_do_not_take()
    {
        var plan = Plan([Item("a", blockers: ["out"]), Item("out", rig: "other"), Item("b", rig: "parked"), Item("c", rig: "idle"), Item("d", rig: "new"), Item("t", trashed: true)], ["a", "b", "c", "d", "t"]);
        Assert.Empty(plan.Errors);
        Assert.Equal(["blocked-outside", "rig-parked", "rig-unknown", "rig-without-workers", "trashed"], plan.Warnings.Select(w => w.Code).Order(StringComparer.Ordinal));
        Assert.Equal(new OutsideBlocker("a", "out", "other", WorkItemState.Open), Assert.Single(plan.Blockers));
        Assert.DoesNotContain(Plan([Item("c", rig: "idle")], auto: false).Warnings, w => w.Code == "rig-without-workers");
        Assert.Equal("empty", Assert.Single(Plan([]).Warnings).Code);
        Assert.Empty(Plan([Item("a"), Item("b", blockers: ["a"])]).Warnings);
    }

    [Fact]
    public void Without_history_there_is_no_estimate_and_it_says_so()
    {
        var plan = Plan([Item("a")]);
        Assert.Null(plan.Estimate);
        Assert.Contains("no history", plan.EstimateNote);
    }

    [Theory]
    [InlineData(null, 200)]      // two workers: a | b, then c | d
    [InlineData(1, 400)]
    [InlineData(9, 200)]
    public void The_estimate_keeps_to_the_places_there_are(int? max, double expected)
    {
        var plan = Plan([Item("a"), Item("b"), Item("c"), Item("d"), Item("z", WorkItemState.Closed), Item("s", WorkItemState.Submitted)], history: Took(50, 100, 100, 300), max: max);
        Assert.Equal((expected / 2, expected, expected * 3, 4), (plan.Estimate!.LowSeconds, plan.Estimate.ExpectedSeconds, plan.Estimate.HighSeconds, plan.Estimate.Samples));
    }

    [Fact]
    public void The_estimate_begins_with_the_longest_chain() =>
        // Behind x wait two; begun last, it would all take a third longer.
        Assert.Equal(300, Plan([Item("a"), Item("b"), Item("c"), Item("x"), Item("y", blockers: ["x"]), Item("z", blockers: ["y"])], history: Took(100)).Estimate!.ExpectedSeconds);

    [Theory]
    [InlineData(ConvoyState.Staged, "launch cancel add remove change")]
    [InlineData(ConvoyState.Open, "launch pause resume cancel add remove change")]
    [InlineData(ConvoyState.Landed, "add")]
    [InlineData(ConvoyState.Cancelled, "cancel")]
    public void Each_state_takes_these_verbs_and_refuses_the_others_with_what_to_do(ConvoyState state, string taken)
    {
        foreach (var verb in Enum.GetValues<ConvoyVerb>())
        {
            var no = ConvoyRules.Refuse(state, verb, "hq-cv-aaaaa");
            Assert.True(taken.Split(' ').Contains(verb.ToString().ToLowerInvariant()) == no is null, $"{state} × {verb}");
            if (no is { } said) Assert.StartsWith("convoy-", said.Code);
        }
    }
}
