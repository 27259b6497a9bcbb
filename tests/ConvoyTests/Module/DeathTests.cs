using System.Text.RegularExpressions;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>A convoy that slings by itself over two rigs is killed at its transitions.</summary>
public abstract partial class DeathStory : DeathScene
{
    /// <summary>Two rigs, an item cancelled, one moved, one sent back to its beginning, a pause, and one opened again after the landing.</summary>
    async Task<(string Convoy, List<Func<Task>> Steps)> StoryAsync()
    {
        await RigAsync("pay");
        await ItemsAsync("sh-1", "sh-3", "sh-4");
        await ItemAsync("sh-2", "sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("Checkout", ["sh-1", "sh-2", "sh-3", "sh-4"], Dispatch: ConvoyDispatch.Auto, MaxParallel: 2));
        Func<Task> Wish(string verb) => () => SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{made.Id}/{verb}", key: verb);
        Func<Task> Hooked(string id, long revision) => Fact(() => new WorkItemHooked(Samples.Event(WorkItemHooked.Type), Next(id, WorkItemState.Hooked, revision: revision)));
        Func<Task> Started(string id, long revision) => Fact(() => new WorkItemStarted(Samples.Event(WorkItemStarted.Type), Next(id, WorkItemState.InProgress, revision: revision)));
        Func<Task> Closed(string id, OutcomeKind outcome = OutcomeKind.Merged) => Fact(() => new WorkItemClosed(Samples.Event(WorkItemClosed.Type), Next(id, WorkItemState.Closed, outcome: outcome)));
        Func<Task> Ready(string id, string rig = "shop") => Fact(() => new WorkItemReady(Samples.Event(WorkItemReady.Type), Next(id, WorkItemState.Open, ready: true) with { RigId = rig }));
        return (made.Id,
        [
            Wish("launch"),
            Hooked("sh-1", 1), Started("sh-1", 2),
            Closed("sh-4", OutcomeKind.Cancelled),
            Hooked("sh-3", 1),
            Wish("pause"),
            Fact(() => new AssignmentReleased(Samples.Event(AssignmentReleased.Type, "system/convoy"), Samples.Assignment("sh-3", "shop/pool", state: AssignmentState.Released, revision: 2), "paused")),
            Fact(() => new WorkItemReopened(Samples.Event(WorkItemReopened.Type), Next("sh-3", WorkItemState.Open, ready: true, revision: 2))),
            Wish("resume"),
            Closed("sh-1"),
            Ready("sh-2", "pay"),
            Hooked("sh-2", 1), Started("sh-2", 2), Closed("sh-2"),
            Hooked("sh-3", 3), Started("sh-3", 4), Closed("sh-3"),
            Fact(() => new WorkItemReopened(Samples.Event(WorkItemReopened.Type), Next("sh-3", WorkItemState.Open, ready: true))),
            Hooked("sh-3", 5), Started("sh-3", 6), Closed("sh-3"),
        ]);
    }

    protected async Task KilledAtEveryTransitionAsync(int number, bool after)
    {
        var (convoy, steps) = await StoryAsync();
        var deaths = await KilledAsync(steps, Transition(), number, after);
        Assert.InRange(deaths, number == 1 ? 20 : 10, 100);
        var landed = await ReadAsync(convoy);
        Assert.Equal((ConvoyState.Landed, 4), (landed.State, landed.Progress.Closed));
        Assert.Equal((1, 1, 1, 2, 1), (Told(ConvoyLaunched.Type), Told(ConvoyPaused.Type), Told(ConvoyResumed.Type), Told(ConvoyLanded.Type), Told(ConvoyReopened.Type)));
        Assert.Equal(0, await DeadLettersAsync());
        // The mark on an item's row goes with its sling in one commit: what was slung again after it came back counts anew.
        Assert.Equal([("sh-1", 1), ("sh-2", 1), ("sh-3", 1), ("sh-4", 0)], await DatabaseAsync(db => Task.FromResult(db.Items.Where(i => i.ConvoyId == convoy).OrderBy(i => i.WorkItemId).AsEnumerable().Select(i => (i.WorkItemId, i.Slings)).ToList())));
    }

    [GeneratedRegex("""(INSERT INTO|UPDATE|DELETE FROM) "?(convoys|convoy_items|item_copies)\b""")]
    private static partial Regex Transition();
}

/// <inheritdoc />
public sealed class DeathTests : DeathStory
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public Task Killed_at_every_transition_it_slings_each_item_once_and_lands_once(int transition, bool after) => KilledAtEveryTransitionAsync(transition, after);
}

/// <inheritdoc />
public sealed class DeathOnPostgresTests : DeathStory
{
    protected override bool Postgres => true;

    [Fact]
    public Task Killed_at_every_transition_it_slings_each_item_once_and_lands_once() => KilledAtEveryTransitionAsync(1, after: true);
}

/// <inheritdoc />
public sealed class DeathOverBrokerTests : DeathStory
{
    protected override bool Postgres => true;

    protected override bool Broker => true;

    [Fact]
    public Task Killed_with_its_messages_at_a_broker_it_slings_each_item_once_and_lands_once() => KilledAtEveryTransitionAsync(1, after: true);
}
