using System.Net.Http.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Workflow;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>A step is tried again before Work has told of what was asked of it before: the neighbours' facts are played by hand, late and out of order.</summary>
public sealed class RetryNewsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    sealed class Stage : IAsyncDisposable
    {
        public required ModuleTestHost Host { get; init; }

        public required FakeTimeProvider Clock { get; init; }

        public required MoleculeDetail Poured { get; init; }

        public static async Task<Stage> BeginAsync(string retry = "", bool wisp = false)
        {
            var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
            var host = await ModuleTestHost.StartAsync([new WorkflowModule()], clock);
            using var http = host.Client();
            await host.PublishAsync(new RigRegistered(Samples.Event(RigRegistered.Type), Samples.Rig()), Ct);
            await host.IdleAsync(Ct);
            var text = $"formula = \"two\"\nsteps = [{{ id = \"a\", title = \"A\"{retry} }}, {{ id = \"b\", title = \"B\", needs = [\"a\"] }}]";
            (await http.PutAsync("/formulas/two", new StringContent(text, System.Text.Encoding.UTF8, "text/toml"), Ct)).EnsureSuccessStatusCode();
            var answer = await http.PostAsJsonAsync(wisp ? "/wisps" : "/molecules", new { formula = "two", rigId = "shop" }, JsonSettings.Web, Ct);
            var made = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<MoleculeDetail>(JsonSettings.Web, Ct))!;
            await host.IdleAsync(Ct);
            var stage = new Stage { Host = host, Clock = clock, Poured = made };
            foreach (var batch in (int[])[0, 1]) await stage.TellAsync(new WorkItemsCreated(made.Id, batch));
            if (!wisp) await stage.TellAsync(Ready(stage.Item("a", 1)));
            return stage;
        }

        public WorkItemSnapshot Item(string step, long version, WorkItemState state = WorkItemState.Open) => Samples.Item($"{Ids.RootOf(Poured.Id)}.{(step == "a" ? 1 : 2)}", version: version, state: state);

        public WorkItemSnapshot Root(long version, WorkItemState state = WorkItemState.Open) => Samples.Item(Ids.RootOf(Poured.Id), version: version, state: state);

        public WorkItemClosed Closed(string step, long version, OutcomeKind kind) => Closed(Item(step, version, WorkItemState.Closed), kind);

        public static WorkItemClosed Closed(WorkItemSnapshot item, OutcomeKind kind) =>
            new(Samples.Event(WorkItemClosed.Type), item with { Outcome = new WorkItemOutcome(kind, "as was asked", "system/workflow") });

        public static WorkItemReady Ready(WorkItemSnapshot item) => new(Samples.Event(WorkItemReady.Type), item);

        public static WorkItemReopened Reopened(WorkItemSnapshot item) => new(Samples.Event(WorkItemReopened.Type), item);

        public async Task TellAsync<T>(T fact) where T : class
        {
            await Host.PublishAsync(fact, Ct);
            await Host.IdleAsync(Ct);
        }

        public async Task RetryAsync()
        {
            using var http = Host.Client();
            (await http.PostAsJsonAsync($"/molecules/{Poured.Id}/steps/a/retry", new { }, JsonSettings.Web, Ct)).EnsureSuccessStatusCode();
            await Host.IdleAsync(Ct);
        }

        public async Task<(MoleculeState, StepState, StepState)> StatesAsync()
        {
            using var http = Host.Client();
            var m = (await http.GetFromJsonAsync<MoleculeDetail>($"/molecules/{Poured.Id}", JsonSettings.Web, Ct))!;
            return (m.State, m.Step("a").State, m.Step("b").State);
        }

        public long?[] Slung => [.. Host.Probe.Of<SlingWork>().Select(s => s.ItemVersion)];

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    [Fact]
    public async Task What_Work_tells_of_before_ends_no_step_that_is_tried_again()
    {
        await using var stage = await Stage.BeginAsync();
        await stage.TellAsync(new SlingRefused(stage.Poured.Id, stage.Item("a", 1).Id, "rig-docked", "why"));
        Assert.Equal((MoleculeState.Failed, StepState.Failed, StepState.Cancelled), await stage.StatesAsync());
        await stage.RetryAsync();
        // All of this is older than the reopening, whenever it comes.
        await stage.TellAsync(stage.Closed("b", 2, OutcomeKind.Cancelled));
        await stage.TellAsync(Stage.Ready(stage.Item("a", 2)));
        await stage.TellAsync(stage.Closed("a", 3, OutcomeKind.Failed));
        Assert.Equal((MoleculeState.Running, StepState.Pending, StepState.Pending), await stage.StatesAsync());
        Assert.Equal([1L], stage.Slung);
        await stage.TellAsync(Stage.Reopened(stage.Item("a", 4)));
        await stage.TellAsync(Stage.Ready(stage.Item("a", 4)));
        Assert.Equal((MoleculeState.Running, StepState.Ready, StepState.Pending), await stage.StatesAsync());
        Assert.Equal([1L, 4L], stage.Slung);
        // From here on a closing counts again.
        await stage.TellAsync(Stage.Reopened(stage.Item("b", 3) with { Ready = false }));
        await stage.TellAsync(stage.Closed("b", 4, OutcomeKind.Cancelled));
        Assert.Equal((MoleculeState.Running, StepState.Ready, StepState.Skipped), await stage.StatesAsync());
    }

    [Fact]
    public async Task Of_a_wisp_the_one_item_is_slung_anew_when_it_is_open_again()
    {
        await using var stage = await Stage.BeginAsync(wisp: true);
        await stage.TellAsync(new SlingRefused(stage.Poured.Id, stage.Root(1).Id, "rig-docked", "why"));
        Assert.Equal((MoleculeState.Failed, StepState.Cancelled, StepState.Cancelled), await stage.StatesAsync());
        await stage.RetryAsync();
        await stage.TellAsync(Stage.Closed(stage.Root(2, WorkItemState.Closed), OutcomeKind.Failed));
        Assert.Equal((MoleculeState.Running, StepState.Ready, StepState.Pending), await stage.StatesAsync());
        Assert.Equal((stage.Root(1).Id, 2L), (Assert.Single(stage.Host.Probe.Of<ReopenWorkItems>()[^1].WorkItemIds), stage.Host.Probe.Of<ReopenWorkItems>()[^1].Version));
        await stage.TellAsync(Stage.Reopened(stage.Root(3)));
        await stage.TellAsync(Stage.Reopened(stage.Root(3)));
        Assert.Equal([null, 3L], stage.Slung);
        // Once it is on a hook again a closing ends it.
        await stage.TellAsync(Stage.Closed(stage.Root(4, WorkItemState.Closed), OutcomeKind.Completed));
        Assert.Equal(MoleculeState.Completed, (await stage.StatesAsync()).Item1);
    }

    [Fact]
    public async Task A_closing_that_Work_did_after_the_reopening_is_undone_and_no_other()
    {
        await using var stage = await Stage.BeginAsync();
        await stage.TellAsync(new SlingRefused(stage.Poured.Id, stage.Item("a", 1).Id, "rig-docked", "why"));
        await stage.RetryAsync();
        await stage.TellAsync(stage.Closed("a", 2, OutcomeKind.Failed));
        var again = stage.Host.Probe.Of<ReopenWorkItems>()[^1];
        Assert.Equal((stage.Item("a", 1).Id, 2L), (Assert.Single(again.WorkItemIds), again.Version));
    }

    [Fact]
    public async Task A_retry_by_the_formula_counts_one_attempt_however_its_closing_is_told()
    {
        await using var stage = await Stage.BeginAsync(", timeout = \"1m\", retry = { max = 2 }");
        await stage.TellAsync(new WorkItemStarted(Samples.Event(WorkItemStarted.Type), stage.Item("a", 2, WorkItemState.InProgress)));
        stage.Clock.Advance(TimeSpan.FromMinutes(2));
        await stage.Host.IdleAsync(Ct);
        Assert.Equal((MoleculeState.Running, StepState.Pending, StepState.Pending), await stage.StatesAsync());
        await stage.TellAsync(stage.Closed("a", 3, OutcomeKind.Failed));
        await stage.TellAsync(Stage.Reopened(stage.Item("a", 4)));
        stage.Clock.Advance(TimeSpan.FromHours(1));
        await stage.Host.IdleAsync(Ct);
        Assert.Equal((MoleculeState.Running, StepState.Ready, StepState.Pending), await stage.StatesAsync());
        Assert.Equal([1L, 4L], stage.Slung);
        using var http = stage.Host.Client();
        var log = await http.LogAsync(stage.Poured.Id);
        Assert.Single(log, l => l is { StepId: "a", What: "retry" });
    }
}
