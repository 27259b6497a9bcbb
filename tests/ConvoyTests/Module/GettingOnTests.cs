using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>What is found when a convoy does not get on, told once, and put right where that is safe.</summary>
public sealed class GettingOnTests : ConvoyScene
{
    [Fact]
    public async Task Ready_work_that_nobody_slings_is_told_once_with_what_to_do_and_again_when_it_happens_again()
    {
        await ItemsAsync("sh-1", "sh-2");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1", "sh-2"], Launch: true));
        await LaterAsync(899);
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        await LaterAsync(1);
        var stranded = (await ReadAsync(made.Id)).Stranded!;
        Assert.Equal(("nobody-on-it", "sh-1"), (stranded.Code, stranded.WorkItemId));
        Assert.Equal($"Sling it: cm sling sh-1 --convoy {made.Id}", stranded.Next);
        await LaterAsync(9_000);
        Assert.Single(Host.Probe.Events(ConvoyStranded.Type));
        var incident = Host.Probe.Of<RaiseIncident>().Single();
        Assert.Equal(($"stranded:{made.Id}:nobody-on-it:sh-1", stranded.Next), (incident.Cause, incident.SuggestedActions.Single()));

        await RunAsync("sh-1");
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        Assert.Single(Host.Probe.Events(ConvoyRecovered.Type));
        await LaterAsync(900);
        Assert.Equal("sh-2", (await ReadAsync(made.Id)).Stranded!.WorkItemId);
        Assert.Equal(2, Host.Probe.Events(ConvoyStranded.Type).Count);
    }

    [Fact]
    public async Task A_sling_without_an_answer_is_sent_again_and_after_three_a_person_is_asked()
    {
        await ItemAsync("sh-1");
        var made = await AutoAsync(null, "sh-1");
        for (var n = 2; n <= 3; n++)
        {
            await LaterAsync(900);
            Assert.Equal(n, Slung.Count());
            Assert.Empty(Host.Probe.Events(ConvoyStranded.Type));
        }
        await LaterAsync(900);
        Assert.Equal(3, Slung.Count());
        Assert.Equal("held", (await ReadAsync(made.Id)).Stranded!.Code);
        Assert.Contains("3 times", (await ReadAsync(made.Id)).Stranded!.Reason);
    }

    [Fact]
    public async Task Its_own_stall_time_counts_and_work_that_runs_is_given_longer()
    {
        await ItemAsync("sh-1");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], StallAfterSeconds: 60, Launch: true));
        await HookedAsync("sh-1");
        await StartedAsync("sh-1");
        await LaterAsync(60);
        await LaterAsync(60);
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        await LaterAsync(60);
        await LaterAsync(60);
        Assert.Equal("stalled", (await ReadAsync(made.Id)).Stranded!.Code);
    }

    [Fact]
    public async Task What_lies_outside_is_named_and_a_paused_convoy_is_left_alone()
    {
        await ItemAsync("sh-out");
        await ItemAsync("sh-1", "sh-out");
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-1"], Dispatch: ConvoyDispatch.Auto, Launch: true, Force: true));
        await VerbAsync(made.Id, "pause");
        await LaterAsync(5_000);
        Assert.Null((await ReadAsync(made.Id)).Stranded);
        await VerbAsync(made.Id, "resume");
        await LaterAsync(900);
        Assert.Equal(("blocked-outside", "sh-out"), ((await ReadAsync(made.Id)).Stranded!.Code, (await ReadAsync(made.Id)).Stranded!.WorkItemId));
    }

    [Fact]
    public async Task What_a_single_sling_made_is_not_watched_and_a_landed_convoy_is_looked_at_no_more()
    {
        await ItemsAsync("sh-1", "sh-2");
        await TellAsync(new EnsureConvoy("hq-cv-aaaaa", "x", ["sh-1"], "overseer"));
        var made = await CreateAsync(new CreateConvoyRequest("x", ["sh-2"], Launch: true));
        await ClosedAsync("sh-2");
        Assert.Equal(ConvoyState.Landed, (await ReadAsync(made.Id)).State);
        Assert.Equal(0, await DatabaseAsync(db => Task.FromResult(db.Outbox.Count(o => o.DueAt > Clock.GetUtcNow()))));
        await LaterAsync(90_000);
        Assert.Empty(Host.Probe.Events(ConvoyStranded.Type));
    }
}
