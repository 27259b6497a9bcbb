using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Suite;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Workflow;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Running;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>What has been over for long becomes a digest, what is open or young stays, whoever asks and however often.</summary>
public sealed class CompactionTests
{
    const string Formula = "formula = \"two\"\nsteps = [{ id = \"a\", title = \"A\" }, { id = \"b\", title = \"B\", needs = [\"a\"] }]";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static readonly DateTimeOffset Now = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_ended_long_ago_is_folded_and_what_runs_stays()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("two", Formula);
        var old = await town.PourAsync("two");
        Assert.Equal(["a", "b"], await town.WorkAllAsync());
        // The patrol's next round comes a day after this one; what is folded before is folded because somebody asked.
        Assert.Empty((await RoundAsync(town, TimeSpan.FromDays(29.5))).Findings);
        var open = await town.PourAsync("two");
        await town.WorkAsync();
        Assert.Equal(0, (await town.PostAsync<CompactionResult>("/runtime/compact")).Folded);

        var young = await town.PourAsync("two");
        await town.PostAsync<MoleculeDetail>($"/molecules/{young.Id}/cancel");
        await town.PassAsync(TimeSpan.FromDays(0.6));
        var would = await town.PostAsync<CompactionResult>("/runtime/compact", new CompactRequest(DryRun: true));
        Assert.Equal((true, 1, 1), (would.DryRun, would.Folded, would.Kept));
        Assert.Equal(2, (await town.ReadAsync(old.Id)).Steps.Count);

        var did = await town.PostAsync<CompactionResult>("/runtime/compact");
        Assert.Equal([old.Id], did.Ids);
        var folded = await town.ReadAsync(old.Id);
        Assert.Equal((MoleculeState.Squashed, 0), (folded.State, folded.Steps.Count));
        Assert.Equal([("a", StepState.Done), ("b", StepState.Done)], folded.Digest!.Steps.Select(s => (s.Id, s.State)));
        Assert.Contains((await town.Http.GetFromJsonAsync<Page<MoleculeLogEntry>>($"/molecules/{old.Id}/log", JsonSettings.Web, Ct))!.Items, l => l.StepId == "b" && l.To == "done");
        Assert.Equal((MoleculeState.Running, 2), ((await town.ReadAsync(open.Id)).State, (await town.ReadAsync(open.Id)).Steps.Count));
        Assert.Equal(MoleculeState.Failed, (await town.ReadAsync(young.Id)).State);
        Assert.Equal((0, 1), (await town.PostAsync<CompactionResult>("/runtime/compact")) is var again ? (again.Folded, again.Kept) : default);
        Assert.Single(town.Host.Probe.Events(MoleculeSquashed.Type));
        // What is open goes on as if nothing had been.
        Assert.Equal(["b"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(open.Id)).State);

        await town.RefusedAsync("/runtime/compact", new CompactRequest(Limit: 0), 400);
        using var agent = town.Host.Client("shop/crew/ada", Roles.Agent);
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.PostAsync("/runtime/compact", null, Ct)).StatusCode);
    }

    [Fact]
    public async Task The_patrol_does_it_by_itself_wisps_first_and_says_what_it_did()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("two", Formula);
        var wisp = await town.PourAsync("two", wisp: true);
        await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/cancel");
        var molecule = await town.PourAsync("two");
        await town.PostAsync<MoleculeDetail>($"/molecules/{molecule.Id}/cancel");

        Assert.Empty((await RoundAsync(town, TimeSpan.FromMinutes(11))).Findings);
        Assert.Equal(MoleculeState.Failed, (await town.ReadAsync(wisp.Id)).State);
        var round = await RoundAsync(town, TimeSpan.FromDays(8));
        Assert.Equal("folded 1 into digests", Assert.Single(round.Findings));
        Assert.Equal(town.Clock.GetUtcNow().AddDays(1), round.DueAt);
        Assert.Equal((MoleculeState.Squashed, MoleculeState.Failed), ((await town.ReadAsync(wisp.Id)).State, (await town.ReadAsync(molecule.Id)).State));
        await RoundAsync(town, TimeSpan.FromDays(23));
        Assert.Equal(MoleculeState.Squashed, (await town.ReadAsync(molecule.Id)).State);

        // The digests of what is folded are kept for a year; what is open is kept for ever.
        var open = await town.PourAsync("two");
        Assert.Empty((await RoundAsync(town, TimeSpan.FromDays(333))).Findings);
        Assert.Equal("forgot 2 digests", Assert.Single((await RoundAsync(town, TimeSpan.FromDays(2))).Findings));
        foreach (var gone in (string[])[wisp.Id, molecule.Id])
            foreach (var path in (string[])["", "/log"])
                Assert.Equal(HttpStatusCode.NotFound, (await town.Http.GetAsync($"/molecules/{gone}{path}", Ct)).StatusCode);
        Assert.Equal(0, await town.Host.UseAsync<WorkflowDbContext, int>(db => db.Log.CountAsync(l => l.MoleculeId != open.Id, Ct)));
        await RoundAsync(town, TimeSpan.FromDays(1_000));
        Assert.Equal((MoleculeState.Running, 2), ((await town.ReadAsync(open.Id)).State, (await town.ReadAsync(open.Id)).Steps.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Replicas_at_once_fold_each_once_and_leave_what_is_with_somebody(bool postgres)
    {
        await using var ground = postgres ? await PostgresDatabase.CreateAsync(Ct) : null;
        await using var probe = postgres ? await PostgresDatabase.CreateAsync(Ct) : null;
        var settings = postgres ? new Dictionary<string, string?>
        {
            ["Database:Provider"] = "Postgres",
            ["ConnectionStrings:workflow"] = ground!.ConnectionString,
            ["ConnectionStrings:probe"] = probe!.ConnectionString,
        } : [];
        await using var host = await ModuleTestHost.StartAsync([new WorkflowModule()], new FakeTimeProvider(Now), settings);
        await host.UseAsync<WorkflowDbContext, int>(db =>
        {
            for (var n = 0; n < 12; n++) db.AddRange(Over(n, undoing: n == 3));
            return db.SaveChangesAsync(Ct);
        });
        var compaction = host.Services.GetRequiredService<Compaction>();
        var rounds = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => compaction.RunAsync(100, dryRun: false, "overseer", Ct))));
        await host.IdleAsync(Ct);
        Assert.Equal(11, rounds.Sum(r => r.Folded));
        Assert.Equal(11, host.Probe.Events(MoleculeSquashed.Type).Select(e => e.Event!.WorkflowInstanceId).Distinct().Count());
        Assert.Equal(11, host.Probe.Events(MoleculeSquashed.Type).Count);
        Assert.All(rounds, r => Assert.Equal(["sh-mol-00003"], r.UnderWay));
        var left = await host.UseAsync<WorkflowDbContext, List<string>>(db => db.Steps.Select(s => s.MoleculeId).Distinct().ToListAsync(Ct));
        Assert.Equal(["sh-mol-00003"], left);

        // A batch is bounded, and says that there is more.
        await host.UseAsync<WorkflowDbContext, int>(db =>
        {
            for (var n = 20; n < 23; n++) db.AddRange(Over(n, undoing: false));
            return db.SaveChangesAsync(Ct);
        });
        Assert.Equal((2, true), (await compaction.RunAsync(2, false, "overseer", Ct)) is var part ? (part.Folded, part.More) : default);
        Assert.Equal((1, false), (await compaction.RunAsync(2, false, "overseer", Ct)) is var rest ? (rest.Folded, rest.More) : default);
    }

    static object[] Over(int n, bool undoing)
    {
        var (id, root) = ($"sh-mol-{n:00000}", $"sh-{n:00000}");
        return
        [
            new MoleculeRow
            {
                CorrelationId = MoleculeRow.KeyOf(root), MoleculeId = id, RootItemId = root, State = nameof(MoleculeState.Failed), Formula = "two", ProtomoleculeId = "sha256:0", Title = "Two", RigId = "shop",
                PouredBy = "overseer", CreatedAt = Now.AddDays(-61), EndedAt = Now.AddDays(-60).AddMinutes(n), Version = 1,
            },
            new StepRow { MoleculeId = id, StepId = "a", State = StepState.Done, Step = new CookedStep { Id = "a", Title = "A" } },
            new StepRow { MoleculeId = id, StepId = "undo", Position = 1, Kind = StepKind.Compensation, State = undoing ? StepState.Running : StepState.Pending, Step = new CookedStep { Id = "undo", Title = "Undo", Kind = StepKind.Compensation } },
        ];
    }

    static async Task<PatrolReport> RoundAsync(Town town, TimeSpan after)
    {
        List<PatrolReport> Seen() => [.. town.Host.Probe.Of<PatrolReport>().Where(r => r.Patrol == CompactionPatrol.Name)];
        var before = Seen().Count;
        await town.PassAsync(after);
        await Eventually.TrueAsync(() => Task.FromResult(Seen().Count > before), TimeSpan.FromSeconds(60), "a round of the compaction", Ct);
        return Seen()[^1];
    }
}
