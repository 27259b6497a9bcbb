using System.Net;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.SupervisorTests;

/// <summary>What sessions leave on a node goes when their work has been over for long, and never before.</summary>
public sealed class RetentionTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Transcripts_and_checkpoints_go_when_their_work_is_long_over_and_stay_while_it_is_not()
    {
        await using var station = await Station.StartAsync("echo I was here; echo draft >unsaved; exit 1");
        var runs = new Dictionary<string, Run>();
        foreach (var what in (string[])["landed", "given-up", "open", "unknown"])
        {
            var run = runs[what] = await station.DispatchAsync(agent: what, item: $"sh-{what.Replace("-", "", StringComparison.Ordinal)}");
            await station.SeenAsync<CheckpointSaved>(e => e.Session.Id == run.Session, $"{what} is saved");
            await station.EndedAsync(run);
        }
        var now = TimeProvider.System.GetUtcNow();
        station.Town.Items["sh-landed"] = Closed(runs["landed"], OutcomeKind.Merged, now);
        station.Town.Items["sh-givenup"] = Closed(runs["given-up"], OutcomeKind.Cancelled, now);
        station.Town.Items["sh-open"] = runs["open"].Item;

        Assert.Empty((await RoundAsync(station, days: 29)).Findings);
        station.Town.Unreachable = true;
        var blind = await RoundAsync(station, days: 31);
        Assert.Empty(blind.Findings);
        Assert.Contains("did not say", Assert.Single(blind.Missed), StringComparison.Ordinal);
        station.Town.Unreachable = false;
        Assert.Equal(4, Directory.GetDirectories(Path.Combine(station.Root, "data", "sessions")).Length);

        var round = await RoundAsync(station, days: 31);
        Assert.Equal(["4 transcripts", "4 checkpoints of shop"], round.Looked);
        Assert.Equal(2, round.Findings.Count);
        Assert.StartsWith("removed 2 transcripts", round.Findings[0], StringComparison.Ordinal);
        Assert.Equal("forgot 1 checkpoints of shop", round.Findings[1]);
        Assert.Contains("sh-unknown", Assert.Single(round.Missed), StringComparison.Ordinal);
        Assert.Equal(["sh-givenup", "sh-open", "sh-unknown"], Checkpoints(station));
        await GoneAsync(station, runs["landed"], gone: true);
        await GoneAsync(station, runs["given-up"], gone: true);
        await GoneAsync(station, runs["open"], gone: false);
        await GoneAsync(station, runs["unknown"], gone: false);

        // What did not land stays longer; a second round finds only what is left.
        Assert.Equal(["forgot 1 checkpoints of shop"], (await RoundAsync(station, days: 181)).Findings);
        Assert.Equal(["sh-open", "sh-unknown"], Checkpoints(station));
        Assert.Empty((await RoundAsync(station, days: 10_000)).Findings);
        Assert.Equal("draft", station.Sh(Mirror(station), $"git show refs/cm/checkpoints/sh-open/1/1:unsaved"));
    }

    [Theory]
    [InlineData(WorkItemState.Closed, true, false, OutcomeKind.Merged, true, true)]
    [InlineData(WorkItemState.Closed, true, false, OutcomeKind.Completed, true, false)]
    [InlineData(WorkItemState.Closed, true, true, OutcomeKind.Merged, false, false)]     // in the trash it may come back
    [InlineData(WorkItemState.Submitted, false, false, null, false, false)]
    [InlineData(WorkItemState.Parked, false, false, null, false, false)]
    [InlineData(WorkItemState.Open, true, false, OutcomeKind.Merged, false, false)]      // reopened
    public void Only_closed_work_is_over(WorkItemState state, bool completed, bool trashed, OutcomeKind? outcome, bool over, bool landed)
    {
        var at = DateTimeOffset.UnixEpoch;
        var end = ItemEnd.Of(state, completed ? at : null, trashed ? at : null, outcome);
        Assert.Equal((over, landed), (end is not null, end?.Landed ?? false));
        var keeping = new Keeping(TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(4));
        Assert.Equal(over, keeping.TranscriptMayGo(end, at, at.AddDays(1.1)));
        Assert.False(keeping.TranscriptMayGo(end, at.AddDays(1), at.AddDays(1.1)));
        Assert.Equal(landed, keeping.CheckpointMayGo(end, at, at.AddDays(3)));
        Assert.Equal(over, keeping.CheckpointMayGo(end, at, at.AddDays(5)));
        Assert.False(keeping.CheckpointMayGo(end, at.AddDays(4), at.AddDays(5)));
    }

    static Task<PatrolRound> RoundAsync(Station station, double days) =>
        ActivatorUtilities.CreateInstance<NodeRetention>(station.Host.Services, new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(days))).ComeRoundAsync(Ct);

    static WorkItemSnapshot Closed(Run run, OutcomeKind kind, DateTimeOffset at) =>
        run.Item with { State = WorkItemState.Closed, CompletedAt = at, Outcome = new WorkItemOutcome(kind, "done", "overseer") };

    static string Mirror(Station station) => Path.Combine(station.Root, "data", "mirrors", "shop.git");

    static IEnumerable<string> Checkpoints(Station station) =>
        station.Sh(Mirror(station), "git for-each-ref --format='%(refname)' refs/cm/checkpoints").Split('\n').Select(r => r.Split('/')[3]).Order(StringComparer.Ordinal);

    static async Task GoneAsync(Station station, Run run, bool gone)
    {
        using var client = station.Client();
        var answer = await client.GetAsync($"/sessions/{run.Session}/output", Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.Equal(gone ? HttpStatusCode.Gone : HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(gone ? "output-forgotten" : "I was here", text, StringComparison.Ordinal);
        Assert.NotNull((await station.SessionAsync(run.Session)).EndedAt);
    }
}
