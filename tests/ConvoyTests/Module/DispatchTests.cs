using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>What a convoy of <c>dispatch: auto</c> slings, when, and what it leaves to others.</summary>
public sealed class DispatchTests : ConvoyScene
{
    [Fact]
    public async Task It_slings_what_becomes_ready_to_the_pool_of_its_rig_each_once()
    {
        await ItemsAsync("sh-1");
        await ItemAsync("pay-1", i => i with { RigId = "pay" }, "sh-1");
        await RigAsync("pay");
        var made = await AutoAsync(null, "sh-1", "pay-1");
        Assert.Equal(["sh-1"], Slung);
        await RunAsync("sh-1");
        await ReadyAsync("pay-1");
        Assert.Equal([("sh-1", "shop/pool", made.Id, "system/convoy"), ("pay-1", "pay/pool", made.Id, "system/convoy")], Host.Probe.Of<SlingWork>().Select(s => (s.WorkItemId, s.HookId, s.ConvoyId!, s.RequestedBy!)));
        await RunAsync("pay-1");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(made.Id)).State);
        Assert.Equal(2, Slung.Count());
    }

    [Fact]
    public async Task At_most_so_many_at_once_the_longest_chain_first()
    {
        await ItemsAsync("sh-1", "sh-2", "sh-3");
        await ItemAsync("sh-4", "sh-3");
        var made = await AutoAsync(1, "sh-1", "sh-2", "sh-3", "sh-4");
        Assert.Equal(["sh-3"], Slung);
        Assert.Equal("a free place", (await ReadAsync(made.Id)).Items.Single(i => i.Id == "sh-1").WaitingFor);
        await HookedAsync("sh-3");
        await StartedAsync("sh-3");
        Assert.Single(Slung);
        // In the merge queue it needs no worker, so the next may begin.
        await SubmittedAsync("sh-3");
        Assert.Equal(2, Slung.Count());
        await ClosedAsync("sh-3");
        await ReadyAsync("sh-4");
        Assert.Equal(2, Slung.Count());
    }

    [Fact]
    public async Task A_large_convoy_does_not_fill_the_pool_before_a_small_one()
    {
        await RigAsync(workers: 1, version: 2);
        await ItemsAsync("sh-1", "sh-2", "sh-3", "sh-4", "sh-9");
        await AutoAsync(null, "sh-1", "sh-2", "sh-3", "sh-4");
        Assert.Equal(["sh-1", "sh-2"], Slung);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await AutoAsync(null, "sh-9");
        Assert.Equal(2, Slung.Count());
        await RunAsync("sh-1");
        Assert.Equal(["sh-1", "sh-2", "sh-9"], Slung);
    }

    [Fact]
    public async Task A_parked_rig_is_not_slung_to_until_it_is_taken_up_again()
    {
        await RigAsync(state: RigState.Parked, version: 2);
        await ItemAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], Dispatch: ConvoyDispatch.Auto, Launch: true, Force: true));
        Assert.Empty(Slung);
        await RigAsync(version: 3);
        Assert.Equal(["sh-1"], Slung);
        Assert.Equal(ConvoyState.Open, made.State);
    }

    [Fact]
    public async Task Paused_it_takes_back_what_nobody_has_begun_and_resumed_it_slings_it_again()
    {
        await ItemsAsync("sh-1", "sh-2", "sh-3");
        var made = await AutoAsync(3, "sh-1", "sh-2", "sh-3");
        await HookedAsync("sh-1");
        await StartedAsync("sh-1");
        await HookedAsync("sh-2");
        Assert.True((await VerbAsync(made.Id, "pause")).Paused);
        Assert.Equal(["sh-2", "sh-3"], TakenBack.Order());
        // The one on the hook comes off; the other was on its way and comes on only now: it is taken back too.
        await EndedAsync("sh-2", AssignmentState.Released, "system/convoy");
        await HookedAsync("sh-3");
        Assert.Equal(3, TakenBack.Count());
        await EndedAsync("sh-3", AssignmentState.Released, "system/convoy");
        Assert.Equal(3, Slung.Count());
        Assert.Equal("the end of the pause", (await ReadAsync(made.Id)).Items.Single(i => i.Id == "sh-2").WaitingFor);

        await VerbAsync(made.Id, "resume");
        Assert.Equal(["sh-2", "sh-3"], Slung.Skip(3).Order());
        Assert.Single(Host.Probe.Events(ConvoyPaused.Type));
        Assert.Single(Host.Probe.Events(ConvoyResumed.Type));
    }

    [Theory]
    [InlineData(AssignmentState.Released, false)]
    [InlineData(AssignmentState.Released, true)]
    [InlineData(AssignmentState.Exhausted, false)]
    [InlineData(AssignmentState.Exhausted, true)]
    public async Task What_a_person_took_off_and_what_used_up_its_attempts_is_not_slung_again_behind_their_back(AssignmentState end, bool workFirst)
    {
        await ItemsAsync("sh-1", "sh-2");
        var made = await AutoAsync(1, "sh-1", "sh-2");
        await HookedAsync("sh-1");
        await EndedAsync("sh-1", end, workFirst: workFirst);
        Assert.Equal(["sh-1", "sh-2"], Slung);
        var stranded = (await ReadAsync(made.Id)).Stranded!;
        Assert.Equal((end == AssignmentState.Exhausted ? "exhausted" : "held", "sh-1"), (stranded.Code, stranded.WorkItemId));
        Assert.Contains("cm sling sh-1", stranded.Next);
        // Slung by hand it goes on, and what stranded it is over.
        await HookedAsync("sh-1");
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        Assert.Single(Host.Probe.Events(ConvoyRecovered.Type));
    }

    [Fact]
    public async Task A_refusal_is_told_and_tried_again_when_the_rig_changes()
    {
        await ItemAsync("sh-1");
        var made = await AutoAsync(null, "sh-1");
        await TellAsync(new SlingRefused(made.Id, "sh-1", "rig-docked", "The rig shop is out of operation."));
        Assert.Equal("held", (await ReadAsync(made.Id)).Stranded!.Code);
        Assert.Contains("out of operation", (await ReadAsync(made.Id)).Items[0].WaitingFor);
        await RigAsync(version: 2);
        Assert.Equal(["sh-1", "sh-1"], Slung);
    }

    [Fact]
    public async Task The_steps_of_a_molecule_are_left_to_their_workflow()
    {
        await ItemAsync("sh-molx7k2m", i => i with { Type = WorkItemType.Epic, Ready = false });
        await ItemAsync("sh-molx7k2m.1", i => i with { ParentId = "sh-molx7k2m" });
        await RigAsync("pay");
        await ItemAsync("pay-1", i => i with { RigId = "pay" }, "sh-molx7k2m.1");
        var made = await CreateAsync(new CreateConvoyRequest("Auto", ["pay-1"], Molecule: "sh-mol-x7k2m", Dispatch: ConvoyDispatch.Auto, Launch: true));
        Assert.Empty(Slung);
        Assert.Equal("its workflow", (await ReadAsync(made.Id)).Items.Single(i => i.Id == "sh-molx7k2m.1").WaitingFor);
        await EndedAsync("sh-molx7k2m.1", AssignmentState.Exhausted);        // and tried again
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        await RunAsync("sh-molx7k2m.1");
        await ReadyAsync("pay-1");
        Assert.Equal(["pay-1"], Slung);
        await RunAsync("pay-1");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(made.Id)).State);
    }

    [Fact]
    public async Task By_hand_nothing_is_slung()
    {
        await ItemAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], Launch: true));
        await ReadyAsync("sh-1");
        Assert.Empty(Slung);
        Assert.Equal("a sling", (await ReadAsync(made.Id)).Items[0].WaitingFor);
    }

    [Fact]
    public async Task An_item_of_two_convoys_is_slung_once()
    {
        await ItemAsync("sh-1");
        var first = await AutoAsync(null, "sh-1");
        await HookedAsync("sh-1");
        var second = await AutoAsync(null, "sh-1");
        Assert.Equal(["sh-1"], Slung);
        await ClosedAsync("sh-1");
        Assert.Equal((ConvoyState.Landed, ConvoyState.Landed), ((await ReadAsync(first.Id)).State, (await ReadAsync(second.Id)).State));
    }
}
