using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>Facts twice, late and in any order, and a process that ends after any of them.</summary>
public sealed class BadDayTests : ConvoyScene
{
    /// <summary>The life of two items, the second behind the first, as Work tells it.</summary>
    async Task<List<Func<Task>>> LifeAsync()
    {
        await ItemAsync("sh-1");
        await ItemAsync("sh-2", "sh-1");
        Func<Task> Tell<T>(T message) where T : class => () => TellAsync(message);
        return
        [
            Tell(new WorkItemHooked(Samples.Event(WorkItemHooked.Type), Next("sh-1", WorkItemState.Hooked, revision: 1))),
            Tell(new WorkItemStarted(Samples.Event(WorkItemStarted.Type), Next("sh-1", WorkItemState.InProgress, revision: 2))),
            Tell(new WorkItemSubmitted(Samples.Event(WorkItemSubmitted.Type), Next("sh-1", WorkItemState.Submitted, revision: 3))),
            Tell(new WorkItemClosed(Samples.Event(WorkItemClosed.Type), Next("sh-1", WorkItemState.Closed))),
            Tell(new WorkItemReady(Samples.Event(WorkItemReady.Type), Next("sh-2", WorkItemState.Open, ready: true))),
            Tell(new WorkItemHooked(Samples.Event(WorkItemHooked.Type), Next("sh-2", WorkItemState.Hooked, revision: 1))),
            Tell(new WorkItemStarted(Samples.Event(WorkItemStarted.Type), Next("sh-2", WorkItemState.InProgress, revision: 2))),
            Tell(new WorkItemClosed(Samples.Event(WorkItemClosed.Type), Next("sh-2", WorkItemState.Closed))),
        ];
    }

    async Task AssertLandedOnceAsync(string id, int slings)
    {
        var detail = await ReadAsync(id);
        Assert.Equal((ConvoyState.Landed, 2), (detail.State, detail.Progress.Closed));
        Assert.Equal(slings, await DatabaseAsync(db => Task.FromResult(db.Items.Where(i => i.ConvoyId == id).Sum(i => i.Slings))));
        Assert.Equal(0, await DeadLettersAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Facts_twice_and_in_any_order_land_it_once(int seed)
    {
        var life = await LifeAsync();
        var made = await AutoAsync(null, "sh-1", "sh-2");
        var random = new Random(seed);
        foreach (var tell in life.Concat(life).OrderBy(_ => random.Next()).ToList()) await tell();
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(made.Id)).State);
        Assert.Single(Host.Probe.Events(ConvoyLanded.Type));
        Assert.Equal(Slung.Distinct().Count(), Slung.Count());
        Assert.Equal(0, await DeadLettersAsync());
    }

    [Fact]
    public async Task A_process_that_ends_after_every_transition_loses_nothing_and_does_nothing_twice()
    {
        var life = await LifeAsync();
        var made = await AutoAsync(1, "sh-1", "sh-2");
        var (slings, landings) = (Slung.Count(), 0);
        foreach (var tell in life)
        {
            await RestartAsync();
            await tell();
            (slings, landings) = (slings + Slung.Count(), landings + Host.Probe.Events(ConvoyLanded.Type).Count);
        }
        Assert.Equal((2, 1), (slings, landings));
        await AssertLandedOnceAsync(made.Id, 2);
    }

    [Fact]
    public async Task A_check_that_is_due_while_nobody_runs_is_made_afterwards()
    {
        await ItemAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], Launch: true));
        await RestartAsync(down: TimeSpan.FromHours(1));
        await Host.IdleAsync(Ct);
        Assert.Equal("nobody-on-it", (await ReadAsync(made.Id)).Stranded!.Code);
    }

    [Fact]
    public async Task Items_made_known_only_after_the_launch_are_slung_when_they_come()
    {
        await TellAsync(new EnsureConvoy("hq-cv-aaaaa", "x", ["sh-late"], "overseer"));
        await ItemAsync("sh-1");
        var made = await AutoAsync(null, "sh-1");
        await VerbAsync(made.Id, "items", new ConvoyItemsRequest(["sh-late"]));
        Assert.Equal(["sh-1"], Slung);
        Assert.Equal("news of the item", (await ReadAsync(made.Id)).Items.Single(i => i.Id == "sh-late").WaitingFor);
        await ItemAsync("sh-late");
        Assert.Equal(["sh-1", "sh-late"], Slung);
        await RunAsync("sh-late");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync("hq-cv-aaaaa")).State);
    }

    [Fact]
    public async Task A_rig_from_before_it_kept_copies_is_asked_for_at_the_start_and_launches_without_force_after_the_answer()
    {
        await ItemAsync("old-1", i => i with { RigId = "old" });
        await RestartAsync();
        await Eventually.TrueAsync(() => Host.Probe.Of<TellRigs>().Count == 1, TimeSpan.FromSeconds(30), "it asks", Ct);
        await TellAsync(new RigTold(Samples.Rig("old")));
        await TellAsync(new RigTold(Samples.Rig("shop") with { State = RigState.Docked, Version = 0 }));
        Assert.Equal(ConvoyState.Open, (await AutoAsync(null, "old-1")).State);
        Assert.Equal(["old-1"], Slung);
    }

    [Fact]
    public async Task A_refusal_of_another_plan_or_of_an_older_sling_changes_nothing()
    {
        await ItemAsync("sh-1");
        var made = await AutoAsync(null, "sh-1");
        await HookedAsync("sh-1");
        await TellAsync(new SlingRefused(made.Id, "sh-1", "wrong-rig", "late"));
        await TellAsync(new SlingRefused("sh-mol-x7k2m", "sh-1", "wrong-rig", "not ours"));
        var older = Samples.Assignment("sh-1", "shop/pool", state: AssignmentState.Released, revision: 0);
        await TellAsync(new AssignmentReleased(Samples.Event(AssignmentReleased.Type), older, "old"));
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        Assert.Equal("a worker", (await ReadAsync(made.Id)).Items[0].WaitingFor);
        Assert.Equal(0, await DeadLettersAsync());
    }
}
