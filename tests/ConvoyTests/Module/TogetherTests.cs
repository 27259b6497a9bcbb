using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>A convoy whose changes land together: what it says to the merge queues, and what their answers do.</summary>
public sealed class TogetherTests : ConvoyScene
{
    long _version;

    IReadOnlyList<LandTogether> Orders => Host.Probe.Of<LandTogether>();

    internal static MergeRequestSnapshot Request(string item, MergeRequestState state, long version, long fence = 1, string rig = "shop") => new(
        $"mr-{item}-{fence}", rig, item, "x", $"cm/{item}/{fence}", "c", "b", "main", "shop/polecats/nux", fence, 2, MergeStrategy.Squash, 1, state, [], null, null, null, null,
        Samples.Moment, Samples.Moment, null, version);

    Task ProvedAsync(string item, long fence = 1) => TellAsync(new MergeProved(Samples.Event(MergeProved.Type), Request(item, MergeRequestState.Proved, ++_version, fence)));

    Task FailedAsync(string convoy, long number, bool person, params MergeRequestSnapshot[] missing) =>
        TellAsync(new LandingFailed(Samples.Event(LandingFailed.Type), convoy, number, "main is frozen", person, missing));

    async Task HeldAsync(string convoy, params MergeRequestSnapshot[] proved) => await TellAsync(new MergesHeld(convoy, Host.Probe.Of<HoldMerges>()[^1].Number, proved));

    async Task<string> LaunchedAsync(params string[] items)
    {
        await ItemsAsync(items);
        var made = await CreateAsync(new CreateConvoyRequest("Both", items, Dispatch: ConvoyDispatch.Auto, Launch: true, Atomic: true));
        Assert.True(made.Atomic);
        return made.Id;
    }

    [Fact]
    public async Task It_slings_only_when_the_merge_queues_hold_its_items()
    {
        var id = await LaunchedAsync("sh-1", "sh-2");
        Assert.Equal((id, 1, "sh-1 sh-2"), Host.Probe.Of<HoldMerges>().Select(h => (h.ConvoyId, h.Number, string.Join(' ', h.Items))).Single());
        Assert.Empty(Slung);
        await HeldAsync(id);
        Assert.Equal(["sh-1", "sh-2"], Slung);
        await ItemsAsync("sh-3");
        await SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{id}/items", new ConvoyItemsRequest(["sh-3"]));
        Assert.DoesNotContain("sh-3", Slung);
        // The answer to the word before says nothing of it.
        await TellAsync(new MergesHeld(id, 1, []));
        Assert.DoesNotContain("sh-3", Slung);
        await HeldAsync(id);
        Assert.Contains("sh-3", Slung);
    }

    [Fact]
    public async Task It_orders_once_when_all_are_proved_or_closed_without_a_merge()
    {
        var id = await LaunchedAsync("sh-1", "sh-2", "sh-3");
        await HeldAsync(id);
        foreach (var item in (string[])["sh-1", "sh-2"])
        {
            await StartedAsync(item);
            await SubmittedAsync(item);
        }
        await ProvedAsync("sh-1");
        await ProvedAsync("sh-2");
        Assert.Equal(["the others, with which it lands", "the others, with which it lands"], (await ReadAsync(id)).Items.Where(i => i.State == WorkItemState.Submitted).Select(i => i.WaitingFor));
        Assert.Empty(Orders);
        await ClosedAsync("sh-3", OutcomeKind.NoChange);
        await ProvedAsync("sh-2");
        var order = Assert.Single(Orders);
        Assert.Equal((id, 1, "mr-sh-1-1 mr-sh-2-1"), (order.ConvoyId, order.Number, string.Join(' ', order.RequestIds)));
        await TellAsync(new LandingCompleted(Samples.Event(LandingCompleted.Type), id, 1, ["mr-sh-1-1", "mr-sh-2-1"]));
        await ClosedAsync("sh-1");
        await ClosedAsync("sh-2");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(id)).State);
        Assert.Single(Orders);
        Assert.Equal(1, Told(ConvoyLanded.Type));
    }

    [Fact]
    public async Task Older_facts_change_nothing_and_what_waited_already_counts()
    {
        var id = await LaunchedAsync("sh-1", "sh-2");
        await HeldAsync(id, Request("sh-1", MergeRequestState.Proved, 9, fence: 2));
        await TellAsync(new MergeGating(Samples.Event(MergeGating.Type), Request("sh-1", MergeRequestState.Gating, 8, fence: 2)));
        await TellAsync(new MergeSuperseded(Samples.Event(MergeSuperseded.Type), Request("sh-1", MergeRequestState.Superseded, 20)));
        await ProvedAsync("sh-2");
        Assert.Equal(["mr-sh-1-2", "mr-sh-2-1"], Assert.Single(Orders).RequestIds);
    }

    [Fact]
    public async Task A_landing_that_nothing_has_moved_for_is_ordered_again_when_all_are_proved_again()
    {
        var id = await LaunchedAsync("sh-1", "sh-2");
        await HeldAsync(id);
        await ProvedAsync("sh-1");
        await ProvedAsync("sh-2");
        await FailedAsync(id, 1, person: false, Request("sh-2", MergeRequestState.Rejected, ++_version));
        Assert.Single(Orders);
        Assert.Null((await ReadAsync(id)).Stranded);
        await ProvedAsync("sh-2", fence: 2);
        Assert.Equal((2, "mr-sh-1-1 mr-sh-2-2"), (Orders[^1].Number, string.Join(' ', Orders[^1].RequestIds)));
        // How the first ended, told once more, is no news of the second.
        await FailedAsync(id, 1, person: true);
        Assert.Equal((2, null), (Orders.Count, (await ReadAsync(id)).Stranded));
    }

    [Fact]
    public async Task An_undone_landing_strands_it_until_a_person_resumes_it()
    {
        var id = await LaunchedAsync("sh-1", "sh-2");
        await HeldAsync(id);
        await ProvedAsync("sh-1");
        await ProvedAsync("sh-2");
        await FailedAsync(id, 1, person: true);
        await ProvedAsync("sh-1");
        await ProvedAsync("sh-2");
        var stranded = (await ReadAsync(id)).Stranded!;
        Assert.Equal(("landing-failed", 1), (stranded.Code, Told(ConvoyStranded.Type)));
        Assert.Contains("main is frozen", stranded.Reason);
        Assert.Contains($"cm convoy resume {id}", stranded.Next);
        Assert.Single(Orders);
        await VerbAsync(id, "resume");
        Assert.Equal((2, 2), (Orders.Count, Orders[^1].Number));
        Assert.Null((await ReadAsync(id)).Stranded);
        Assert.Equal(["landing-ordered", "landing-failed", "landing-ordered"], (await ReadAsync(id)).Timeline!.Select(t => t.What).Where(w => w.StartsWith("landing", StringComparison.Ordinal)).Reverse());
    }

    [Fact]
    public async Task Paused_it_orders_nothing_and_cancelled_it_lets_go()
    {
        var id = await LaunchedAsync("sh-1");
        await HeldAsync(id);
        await VerbAsync(id, "pause");
        await ProvedAsync("sh-1");
        Assert.Empty(Orders);
        await VerbAsync(id, "resume");
        Assert.Single(Orders);
        await VerbAsync(id, "cancel");
        Assert.Equal((2, 0), Host.Probe.Of<HoldMerges>().Select(h => (h.Number, h.Items.Count)).Last());
    }

    [Fact]
    public async Task An_item_lands_with_one_convoy()
    {
        var id = await LaunchedAsync("sh-1");
        var other = await CreateAsync(new CreateConvoyRequest("Other", ["sh-1"], Atomic: true));
        var (code, text) = await RefusedAsync(HttpMethod.Post, $"/convoys/{other.Id}/launch", new LaunchConvoyRequest());
        Assert.Equal("lands-elsewhere", code);
        Assert.Contains(id, text);
    }

    [Fact]
    public async Task An_item_that_waits_for_another_of_it_is_warned_of()
    {
        await ItemsAsync("sh-1");
        await ItemAsync("sh-2", "sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("Both", ["sh-1", "sh-2"], Atomic: true));
        var (code, text) = await RefusedAsync(HttpMethod.Post, $"/convoys/{made.Id}/launch", new LaunchConvoyRequest());
        Assert.Equal("plan-warnings", code);
        Assert.Contains("waits-inside", text);
        Assert.Empty((await CreateAsync(new CreateConvoyRequest("Not", ["sh-1", "sh-2"], Launch: true))).Swarm);
    }

    [Fact]
    public async Task A_convoy_that_does_not_land_together_says_nothing_to_the_merge_queues()
    {
        await ItemsAsync("sh-1");
        await AutoAsync(null, "sh-1");
        await ProvedAsync("sh-1");
        Assert.Equal((0, 0), (Host.Probe.Of<HoldMerges>().Count, Orders.Count));
    }
}
