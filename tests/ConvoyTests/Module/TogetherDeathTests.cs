using System.Text.RegularExpressions;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>A convoy whose changes land together is killed at every commit from the moment it is made until it has landed.</summary>
public abstract partial class TogetherDeathStory : DeathScene
{
    static readonly string[] Items = ["pa-1", "sh-1"];

    string? _convoy;
    long _version;

    /// <summary>Staged, launched, held, worked on and proved, ordered, and all targets have moved.</summary>
    /// <param name="failed">Its landing is undone first, so that a person has to resume it, and then given up because a request is refused.</param>
    IEnumerable<Func<Task>> Story(bool failed) =>
    [
        async () => _convoy = (await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys",
            new CreateConvoyRequest("Both", Items, Dispatch: ConvoyDispatch.Auto, Notify: ["overseer", "webhook"], Atomic: true), System.Net.HttpStatusCode.Created, "make")).Id,
        Wish("launch"),
        Fact(() => new MergesHeld(_convoy!, 1, [])),
        .. Worked("sh-1", 1), .. Worked("pa-1", 1),
        Proved("sh-1"), Proved("pa-1"),
        .. failed ? Failed() : [],
        Fact(() => new LandingCompleted(Samples.Event(LandingCompleted.Type), _convoy!, failed ? 3 : 1, failed ? ["mr-pa-1-2", "mr-sh-1-1"] : ["mr-pa-1-1", "mr-sh-1-1"])),
        Closed("sh-1"), Closed("pa-1"),
    ];

    IEnumerable<Func<Task>> Failed() =>
    [
        Fact(() => new LandingFailed(Samples.Event(LandingFailed.Type), _convoy!, 1, "main is frozen", true, [])),
        Queued("sh-1"), Queued("pa-1"), Proved("sh-1"), Proved("pa-1"),
        Wish("resume"),
        Fact(() => new LandingFailed(Samples.Event(LandingFailed.Type), _convoy!, 2, "pa-1 is rejected", false, [Request("pa-1", MergeRequestState.Rejected)])),
        .. Worked("pa-1", 3),
        Proved("pa-1", fence: 2),
    ];

    Func<Task> Wish(string verb) => () => SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{_convoy}/{verb}", key: verb);

    IEnumerable<Func<Task>> Worked(string id, long revision) =>
    [
        Fact(() => new WorkItemHooked(Samples.Event(WorkItemHooked.Type), Next(id, WorkItemState.Hooked, revision: revision))),
        Fact(() => new WorkItemStarted(Samples.Event(WorkItemStarted.Type), Next(id, WorkItemState.InProgress, revision: revision + 1))),
        Fact(() => new WorkItemSubmitted(Samples.Event(WorkItemSubmitted.Type), Next(id, WorkItemState.Submitted, revision: revision + 2))),
    ];

    Func<Task> Queued(string id) => Fact(() => new MergeQueued(Samples.Event(MergeQueued.Type), Request(id, MergeRequestState.Queued)));

    Func<Task> Proved(string id, long fence = 1) => Fact(() => new MergeProved(Samples.Event(MergeProved.Type), Request(id, MergeRequestState.Proved, fence)));

    Func<Task> Closed(string id) => Fact(() => new WorkItemClosed(Samples.Event(WorkItemClosed.Type), Next(id, WorkItemState.Closed)));

    MergeRequestSnapshot Request(string id, MergeRequestState state, long fence = 1) => TogetherTests.Request(id, state, ++_version, fence, id == "pa-1" ? "pay" : "shop");

    protected async Task KilledAtEveryCommitAsync(int number, bool after, bool failed)
    {
        await RigAsync("pay");
        await ItemAsync("sh-1");
        await ItemAsync("pa-1", i => i with { RigId = "pay" });
        var deaths = await KilledAsync(Story(failed), Commit(), number, after);
        Assert.InRange(deaths, 10, 200);
        await LandedOnceAsync(failed);
    }

    async Task LandedOnceAsync(bool failed)
    {
        var landed = await ReadAsync(_convoy!);
        Assert.Equal((ConvoyState.Landed, 2, null), (landed.State, landed.Progress.Closed, landed.Stranded));
        Assert.Equal((1, 1, 1, 0), (Told(ConvoyCreated.Type), Told(ConvoyLaunched.Type), Told(ConvoyLanded.Type), Told(ConvoyReopened.Type)));
        Assert.Equal((failed ? 1 : 0, failed ? 1 : 0, failed ? 1 : 0), (Told(ConvoyStranded.Type), Told(ConvoyResumed.Type), Told(ConvoyRecovered.Type)));
        Assert.Equal([$"{_convoy} 1 pa-1 sh-1"], Commanded<HoldMerges>().Select(h => $"{h.ConvoyId} {h.Number} {string.Join(' ', h.Items)}"));
        Assert.Equal(failed ? ["1 mr-pa-1-1 mr-sh-1-1", "2 mr-pa-1-1 mr-sh-1-1", "3 mr-pa-1-2 mr-sh-1-1"] : ["1 mr-pa-1-1 mr-sh-1-1"],
            Commanded<LandTogether>().Select(o => $"{o.Number} {string.Join(' ', o.RequestIds)}"));
        Assert.Equal(Items, Commanded<SlingWork>().Select(s => s.WorkItemId).Order());
        string[] told = failed ? ["Both does not get on", "Both has landed"] : ["Both has landed"];
        Assert.Equal(told.Select(t => $"{t} ({_convoy})"), Commanded<DeliverMail>().Select(m => m.Subject));
        Assert.Equal(told.Select(t => $"{t} ({_convoy})"), Commanded<TellOutside>().Select(m => m.Subject));
        Assert.Equal(failed ? 1 : 0, Commanded<RaiseIncident>().Count);
        var timeline = await SendAsync<Page<ConvoyTimelineEntry>>(HttpMethod.Get, $"/convoys/{_convoy}/timeline?limit=500");
        string[] lines = [.. timeline.Items.Where(t => t.WorkItemId is null).Select(t => t.What).Reverse()];
        Assert.Equal(failed
            ? ["created", "launched", "landing-ordered", "landing-failed", "stranded", "resumed", "landing-ordered", "recovered", "landing-failed", "landing-ordered", "landing-completed", "landed"]
            : ["created", "launched", "landing-ordered", "landing-completed", "landed"], lines);
        // Nothing is due any more and nothing was given up: no check, no message, no order.
        Assert.Equal((0, 0), await DatabaseAsync(async db => (await db.Outbox.CountAsync(Ct), await db.DeadLetters.CountAsync(Ct))));
        Assert.Equal((false, null), await DatabaseAsync(db => Task.FromResult(db.Convoys.AsEnumerable().Select(c => (c.Landing, c.CheckToken)).Single())));
        Assert.Equal([("pa-1", 1), ("sh-1", 1)], await DatabaseAsync(db => Task.FromResult(db.Items.OrderBy(i => i.WorkItemId).AsEnumerable().Select(i => (i.WorkItemId, i.Slings)).ToList())));
    }

    [GeneratedRegex("""\b(INSERT INTO|UPDATE|DELETE FROM)\b""")]
    private static partial Regex Commit();
}

/// <inheritdoc />
public sealed class TogetherDeathTests : TogetherDeathStory
{
    [Theory]
    [InlineData(1, true, false)]
    [InlineData(2, false, false)]
    [InlineData(1, true, true)]
    public Task Killed_at_every_commit_it_orders_each_landing_once_and_lands_once(int commit, bool after, bool failed) => KilledAtEveryCommitAsync(commit, after, failed);
}

/// <inheritdoc />
public sealed class TogetherDeathOnPostgresTests : TogetherDeathStory
{
    protected override bool Postgres => true;

    [Fact]
    public Task Killed_at_every_commit_it_orders_each_landing_once_and_lands_once() => KilledAtEveryCommitAsync(1, after: true, failed: true);
}
