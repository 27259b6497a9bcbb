using System.Net;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>What is planned before anything runs, and what a launch refuses.</summary>
public sealed class StagingTests : ConvoyScene
{
    [Fact]
    public async Task Staged_it_runs_nothing_and_shows_its_plan_and_launched_it_slings()
    {
        await ItemsAsync("sh-1");
        await ItemAsync("sh-2", "sh-1");
        await ItemAsync("sh-3", "sh-2");
        var made = await CreateAsync(new CreateConvoyRequest("Checkout", ["sh-1", "sh-2", "sh-3"], "One page", ConvoyDispatch.Auto));
        Assert.Equal(ConvoyState.Staged, made.State);
        Assert.Empty(Slung);
        var plan = await SendAsync<ConvoyPlan>(HttpMethod.Get, $"/convoys/{made.Id}/plan");
        Assert.Equal([["sh-1"], ["sh-2"], ["sh-3"]], plan.Waves);
        Assert.Equal(["sh-1", "sh-2", "sh-3"], plan.CriticalPath);
        Assert.Contains("no history", plan.EstimateNote);
        var detail = await ReadAsync(made.Id);
        Assert.Equal(plan.Waves, detail.Waves);
        Assert.Equal("the launch", detail.Items[0].WaitingFor);
        Assert.Empty(Host.Probe.Events(ConvoyLaunched.Type));

        Assert.Equal(ConvoyState.Open, (await VerbAsync(made.Id, "launch")).State);
        Assert.Equal(ConvoyState.Open, (await VerbAsync(made.Id, "launch")).State);
        Assert.Single(Host.Probe.Events(ConvoyLaunched.Type));
        Assert.Equal(["sh-1"], Slung);
    }

    [Fact]
    public async Task Errors_refuse_the_launch_whatever_is_said_and_warnings_need_force()
    {
        await ItemAsync("sh-1", "sh-2");
        await ItemAsync("sh-2", "sh-1");
        var circle = await CreateAsync(new CreateConvoyRequest("Circle", ["sh-1", "sh-2"]));
        var (code, text) = await RefusedAsync(HttpMethod.Post, $"/convoys/{circle.Id}/launch", new LaunchConvoyRequest(Force: true));
        Assert.Equal("plan-errors", code);
        Assert.Contains("sh-1 → sh-2 → sh-1", text);
        Assert.Equal(ConvoyState.Staged, (await ReadAsync(circle.Id)).State);

        await ItemAsync("sh-3", "sh-out");
        await ItemAsync("sh-out");
        var blocked = await CreateAsync(new CreateConvoyRequest("Blocked", ["sh-3"]));
        (code, text) = await RefusedAsync(HttpMethod.Post, $"/convoys/{blocked.Id}/launch");
        Assert.Equal("plan-warnings", code);
        Assert.Contains("blocked-outside", text);
        Assert.Equal(ConvoyState.Open, (await VerbAsync(blocked.Id, "launch", new LaunchConvoyRequest(Force: true))).State);
    }

    [Fact]
    public async Task Launched_at_once_and_refused_nothing_is_left_behind()
    {
        Assert.Equal("plan-errors", (await RefusedAsync(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", ["sh-nobody"], Launch: true))).Code);
        Assert.Empty((await SendAsync<Page<ConvoySnapshot>>(HttpMethod.Get, "/convoys")).Items);
        Assert.Empty(Host.Probe.Events(ConvoyCreated.Type));
    }

    [Fact]
    public async Task Of_an_epic_the_leaves_at_whatever_depth()
    {
        await ItemAsync("sh-e", i => i with { Type = WorkItemType.Epic, Ready = false });
        await ItemAsync("sh-e.1", i => i with { ParentId = "sh-e" });
        await ItemAsync("sh-e.2", i => i with { ParentId = "sh-e", Type = WorkItemType.Epic, Ready = false });
        await ItemAsync("sh-e.2.1", i => i with { ParentId = "sh-e.2" });
        await ItemAsync("sh-e.3", i => i with { ParentId = "sh-e" });
        await ItemAsync("sh-e.3.1", i => i with { ParentId = "sh-e.3" });
        await ItemAsync("sh-e.4", i => i with { ParentId = "sh-e", DeletedAt = Samples.Moment });
        var made = await CreateAsync(new CreateConvoyRequest("Epic", Epic: "sh-e"));
        Assert.Equal(["sh-e.1", "sh-e.2.1", "sh-e.3.1"], made.Items.Select(i => i.Id).Order());
        Assert.Equal("nothing-found", (await RefusedAsync(HttpMethod.Post, "/convoys", new CreateConvoyRequest("x", Epic: "sh-none"), HttpStatusCode.UnprocessableEntity)).Code);
    }

    [Fact]
    public async Task Of_a_molecule_that_is_still_being_poured_nothing_is_made()
    {
        await TellAsync(new MoleculePoured(Samples.Event(MoleculePoured.Type), new MoleculeSnapshot("sh-mol-x7k2m", "release", "sha256:1", "Release", "shop", MoleculeState.Pouring, false, false, "sh-molx7k2m",
            new Dictionary<string, string>(), "overseer", null, 3, 0, null, Samples.Moment, null, 1, Items: 3)));
        await ItemAsync("sh-molx7k2m", i => i with { Type = WorkItemType.Epic, Ready = false });
        await ItemAsync("sh-molx7k2m.1", i => i with { ParentId = "sh-molx7k2m", Type = WorkItemType.Epic, Ready = false });
        await ItemAsync("sh-molx7k2m.2", i => i with { ParentId = "sh-molx7k2m.1" });
        var request = new CreateConvoyRequest("Molecule", Molecule: "sh-mol-x7k2m");
        Assert.Equal("molecule-pouring", (await RefusedAsync(HttpMethod.Post, "/convoys", request)).Code);
        await ItemAsync("sh-molx7k2m.3", i => i with { ParentId = "sh-molx7k2m" });
        Assert.Equal(["sh-molx7k2m.2", "sh-molx7k2m.3"], (await CreateAsync(request)).Items.Select(i => i.Id).Order());
    }

    [Fact]
    public async Task Of_a_molecule_its_steps_and_of_a_query_what_is_open_and_matches()
    {
        await ItemAsync("sh-molx7k2m", i => i with { Type = WorkItemType.Epic, Ready = false });
        await ItemAsync("sh-molx7k2m.1", i => i with { ParentId = "sh-molx7k2m" });
        Assert.Equal(["sh-molx7k2m.1"], (await CreateAsync(new CreateConvoyRequest("Molecule", Molecule: "sh-mol-x7k2m"))).Items.Select(i => i.Id));

        await ItemAsync("sh-1", i => i with { Labels = ["auth", "ui"], Type = WorkItemType.Bug, Priority = 0 });
        await ItemAsync("sh-2", i => i with { Labels = ["authentic"], Type = WorkItemType.Bug });
        await ItemAsync("sh-3", i => i with { Labels = ["auth"], Type = WorkItemType.Bug });
        await ItemAsync("pay-1", i => i with { RigId = "pay", Labels = ["auth"] });
        await ClosedAsync("sh-3");
        Assert.Equal(["pay-1", "sh-1"], (await CreateAsync(new CreateConvoyRequest("q", Query: new ConvoyQuery(Label: "auth")))).Items.Select(i => i.Id).Order());
        Assert.Equal(["sh-1", "sh-2"], (await CreateAsync(new CreateConvoyRequest("q", Query: new ConvoyQuery(Rig: "shop", Type: WorkItemType.Bug)))).Items.Select(i => i.Id).Order());
        Assert.Equal(["sh-1"], (await CreateAsync(new CreateConvoyRequest("q", Query: new ConvoyQuery(MaxPriority: 1)))).Items.Select(i => i.Id));
        Assert.Equal("nothing-found", (await RefusedAsync(HttpMethod.Post, "/convoys", new CreateConvoyRequest("q", Query: new ConvoyQuery(Label: "none")), HttpStatusCode.UnprocessableEntity)).Code);
    }

    [Fact]
    public async Task The_estimate_comes_from_what_the_rig_took_before()
    {
        foreach (var (id, seconds) in new[] { ("sh-1", 60), ("sh-2", 120), ("sh-3", 600) })
        {
            await ItemAsync(id);
            await RunAsync(id, seconds);
        }
        await ItemAsync("sh-4");
        await ItemAsync("sh-5", "sh-4");
        var estimate = (await ReadAsync((await CreateAsync(new CreateConvoyRequest("x", ["sh-4", "sh-5"]))).Id)).Plan.Estimate!;
        Assert.Equal((120, 240, 1200, 3), (estimate.LowSeconds, estimate.ExpectedSeconds, estimate.HighSeconds, estimate.Samples));
    }

    [Fact]
    public async Task A_parked_rig_is_a_warning_and_a_list_by_rig_finds_it()
    {
        await RigAsync(state: RigState.Parked, version: 2);
        await ItemAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], Dispatch: ConvoyDispatch.Auto));
        Assert.Equal("rig-parked", Assert.Single((await ReadAsync(made.Id)).Plan.Warnings).Code);
        Assert.Equal(made.Id, Assert.Single((await SendAsync<Page<ConvoySnapshot>>(HttpMethod.Get, "/convoys?rig=shop")).Items).Id);
        Assert.Empty((await SendAsync<Page<ConvoySnapshot>>(HttpMethod.Get, "/convoys?rig=pay")).Items);
    }

    [Fact]
    public async Task Slung_by_hand_a_staged_convoy_of_hands_has_begun_and_one_that_slings_has_not()
    {
        await ItemsAsync("sh-1", "sh-2");
        var hands = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"]));
        var auto = await CreateAsync(new CreateConvoyRequest("x", ["sh-2"], Dispatch: ConvoyDispatch.Auto));
        await TellAsync(new EnsureConvoy(hands.Id, "x", ["sh-1"], "overseer"));
        await TellAsync(new EnsureConvoy(auto.Id, "x", ["sh-2"], "overseer"));
        Assert.Equal((ConvoyState.Open, ConvoyState.Staged), ((await ReadAsync(hands.Id)).State, (await ReadAsync(auto.Id)).State));
        await ClosedAsync("sh-1");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(hands.Id)).State);
    }
}
