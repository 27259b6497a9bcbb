using System.Net;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>Landing, and everything that comes in its way: items added, taken out, cancelled, opened again, thrown away, moved.</summary>
public sealed class MembershipTests : ConvoyScene
{
    [Fact]
    public async Task It_lands_once_after_the_last_merge_is_proved()
    {
        await ItemsAsync("sh-1", "sh-2");
        var made = await AutoAsync(null, "sh-1", "sh-2");
        await RunAsync("sh-1");
        await HookedAsync("sh-2");
        await StartedAsync("sh-2");
        await SubmittedAsync("sh-2");
        Assert.Equal(ConvoyState.Open, (await ReadAsync(made.Id)).State);
        await ClosedAsync("sh-2", cost: 1.25m);
        var landed = await ReadAsync(made.Id);
        Assert.Equal((ConvoyState.Landed, 1.25m), (landed.State, landed.CostUsd));
        Assert.Single(Host.Probe.Events(ConvoyLanded.Type));
    }

    [Fact]
    public async Task Items_added_after_landing_open_it_again_and_are_slung()
    {
        await ItemsAsync("sh-1", "sh-2");
        var made = await AutoAsync(null, "sh-1");
        await RunAsync("sh-1");
        var reopened = await VerbAsync(made.Id, "items", new ConvoyItemsRequest(["sh-2"]));
        Assert.Equal(ConvoyState.Open, reopened.State);
        Assert.Equal(["sh-1", "sh-2"], Slung);
        await RunAsync("sh-2");
        Assert.Equal(2, Host.Probe.Events(ConvoyLanded.Type).Count);
        Assert.Single(Host.Probe.Events(ConvoyReopened.Type));
    }

    [Fact]
    public async Task An_item_opened_again_opens_its_landed_convoy_and_is_slung_as_if_new()
    {
        await ItemAsync("sh-1");
        var made = await AutoAsync(null, "sh-1");
        await RunAsync("sh-1");
        await ReopenedAsync("sh-1");
        Assert.Equal(ConvoyState.Open, (await ReadAsync(made.Id)).State);
        Assert.Equal(["sh-1", "sh-1"], Slung);
        await RunAsync("sh-1");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(made.Id)).State);
        Assert.Equal(2, Host.Probe.Events(ConvoyLanded.Type).Count);
    }

    [Fact]
    public async Task An_item_taken_out_is_waited_for_no_more_and_its_place_is_free()
    {
        await ItemsAsync("sh-1", "sh-2", "sh-3");
        var made = await AutoAsync(1, "sh-1", "sh-2", "sh-3");
        await HookedAsync("sh-1");
        var left = await SendAsync<ConvoySnapshot>(HttpMethod.Delete, $"/convoys/{made.Id}/items/sh-1");
        Assert.Equal(["sh-2", "sh-3"], left.Items.Select(i => i.Id).Order());
        Assert.Equal(["sh-1"], TakenBack);
        Assert.Equal(["sh-1", "sh-2"], Slung);
        Assert.Equal(["sh-1"], Host.Probe.Of<ConvoyUpdated>().Single().Removed!);
        Assert.Equal("not-found", (await RefusedAsync(HttpMethod.Delete, $"/convoys/{made.Id}/items/sh-1", status: HttpStatusCode.NotFound)).Code);
        await RunAsync("sh-2");
        await SendAsync<ConvoySnapshot>(HttpMethod.Delete, $"/convoys/{made.Id}/items/sh-3");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(made.Id)).State);
    }

    [Fact]
    public async Task A_cancelled_and_a_trashed_item_hold_nothing_up()
    {
        await ItemsAsync("sh-1", "sh-2", "sh-3");
        var made = await AutoAsync(null, "sh-1", "sh-2", "sh-3");
        await ClosedAsync("sh-1", OutcomeKind.Cancelled);
        await TellAsync(new WorkItemTrashed(Samples.Event(WorkItemTrashed.Type), Next("sh-2", WorkItemState.Open) with { DeletedAt = Samples.Moment }));
        Assert.Equal(ConvoyState.Open, (await ReadAsync(made.Id)).State);
        await RunAsync("sh-3");
        var landed = await ReadAsync(made.Id);
        Assert.Equal((ConvoyState.Landed, 2), (landed.State, landed.Progress.Total));
        await TellAsync(new WorkItemRestored(Samples.Event(WorkItemRestored.Type), Next("sh-2", WorkItemState.Open, ready: true)));
        Assert.Equal(ConvoyState.Open, (await ReadAsync(made.Id)).State);
        Assert.Equal("sh-2", Slung.Last());
    }

    [Fact]
    public async Task An_item_that_moved_to_another_rig_is_slung_there()
    {
        await RigAsync("pay", version: 1);
        await ItemAsync("sh-1", "sh-0");
        await ItemAsync("sh-0");
        var made = await AutoAsync(null, "sh-0", "sh-1");
        await TellAsync(new WorkItemUpdated(Samples.Event(WorkItemUpdated.Type), Next("sh-1", WorkItemState.Open, ready: true) with { RigId = "pay", Version = 10 }));
        Assert.Equal("pay/pool", Host.Probe.Of<SlingWork>().Last().HookId);
        Assert.Equal("pay", (await ReadAsync(made.Id)).Items.Single(i => i.Id == "sh-1").RigId);
    }

    [Theory]
    [InlineData(null, new[] { "sh-2" })]
    [InlineData(RunningWork.Stop, new[] { "sh-1", "sh-2" })]
    public async Task Cancelled_it_takes_back_what_is_queued_and_what_runs_if_that_is_chosen(RunningWork? running, string[] back)
    {
        await ItemsAsync("sh-1", "sh-2", "sh-3");
        var made = await AutoAsync(2, "sh-1", "sh-2", "sh-3");
        await HookedAsync("sh-1");
        await StartedAsync("sh-1");
        await HookedAsync("sh-2");
        Assert.Equal(ConvoyState.Cancelled, (await VerbAsync(made.Id, "cancel", new CancelConvoyRequest(running, "not wanted"))).State);
        await VerbAsync(made.Id, "cancel");
        Assert.Equal(back, TakenBack.Order());
        Assert.All(Host.Probe.Of<UnslingWork>(), u => Assert.Equal((running == RunningWork.Stop, "not wanted"), (u.Running, u.Reason)));
        await EndedAsync("sh-2", AssignmentState.Released, "system/convoy");
        await ClosedAsync("sh-1");
        Assert.Equal(["sh-1", "sh-2"], Slung);
        Assert.Equal(("convoy-cancelled", "not wanted"), ((await RefusedAsync(HttpMethod.Post, $"/convoys/{made.Id}/launch")).Code, Host.Probe.Of<ConvoyCancelled>().Single().Reason));
    }
}
