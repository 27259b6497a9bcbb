using System.Net.Http.Json;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>A step's budget: once its attempts have spent it, no other is begun.</summary>
public sealed class BudgetTests
{
    const string OverBudget = "over-budget";

    [Theory, InlineData(false), InlineData(true)]
    public async Task Once_it_is_spent_nothing_is_tried_again_until_somebody_grants_it_once_more(bool postgres)
    {
        await using var town = await Town.StartAsync(postgres);
        await town.PutAsync("dear", "formula = \"dear\"\nsteps = [{ id = \"a\", title = \"A\", budget = 1, retry = { max = 9, backoff = \"1m\" } }, { id = \"b\", title = \"B\", needs = [\"a\"] }]");
        var m = await town.PourAsync("dear");
        Assert.Equal((0m, 1m), (m.Step("a").SpentUsd, m.Step("a").BudgetUsd));
        await FailAsync(town, 0.3m);
        Assert.Equal((StepState.Pending, 0.3m), ((await town.ReadAsync(m.Id)).Step("a").State, (await town.ReadAsync(m.Id)).Step("a").SpentUsd));
        await town.PassAsync(TimeSpan.FromMinutes(2));
        await town.RestartAsync();                          // what was spent is kept
        await FailAsync(town, 0.75m);
        var failed = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Failed, StepState.Failed, OverBudget, 1.05m), (failed.State, failed.Step("a").State, failed.Step("a").FailureClass, failed.Step("a").SpentUsd));
        Assert.StartsWith("over-budget: its attempts cost 1.05 of 1.00 USD, and the last one ended with: it did not work. `cm molecule step retry", failed.Step("a").Reason);
        Assert.Contains(await town.Http.LogAsync(m.Id), l => l is { StepId: "a", To: "failed", Reason: { } why } && why.StartsWith(OverBudget, StringComparison.Ordinal));
        await town.PassAsync(TimeSpan.FromDays(1));
        Assert.Empty(await town.WorkAllAsync());

        await town.PostAsync<MoleculeDetail>($"/molecules/{m.Id}/steps/a/retry");
        Assert.Equal((1.05m, 0m), ((await town.ReadAsync(m.Id)).Step("a").CostUsd, (await town.ReadAsync(m.Id)).Step("a").SpentUsd));
        await FailAsync(town, 0.9m);
        Assert.Equal(StepState.Pending, (await town.ReadAsync(m.Id)).Step("a").State);
        await town.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal("a", await town.WorkAsync(cost: 5));   // done is done, whatever it cost
        Assert.Equal(["b"], await town.WorkAllAsync());
        var done = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Completed, 6.95m, 5.9m), (done.State, done.Step("a").CostUsd, done.Step("a").SpentUsd));
        Assert.Equal(6.95m, (await town.PostAsync<MoleculeDetail>($"/molecules/{m.Id}/squash")).Digest!.Steps.Single(s => s.Id == "a").CostUsd);
    }

    [Fact]
    public async Task What_happens_then_its_failure_policy_decides()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("soft", "formula = \"soft\"\nsteps = [{ id = \"a\", title = \"A\", budget = 1, on_failure = \"continue\" }, { id = \"b\", title = \"B\", needs = [\"a\"] }]");
        var soft = await town.PourAsync("soft");
        await FailAsync(town, 1);                           // Hook would give it to somebody else
        var item = await town.Http.GetFromJsonAsync<WorkItemDetail>($"/work-items/{soft.Step("a").WorkItemId}", JsonSettings.Web, Town.Ct);
        Assert.Equal((WorkItemState.Closed, OutcomeKind.Failed), (item!.State, item.Outcome!.Kind));
        Assert.Equal(["b"], await town.WorkAllAsync());
        var over = await town.ReadAsync(soft.Id);
        Assert.Equal((MoleculeState.Completed, StepState.Failed, OverBudget), (over.State, over.Step("a").State, over.Step("a").FailureClass));

        await town.PutAsync("hard", """
            formula = "hard"
            steps = [{ id = "a", title = "A", on_failure = "compensate: undo" }, { id = "b", title = "B", needs = ["a"], budget = 1, on_failure = "compensate: undo" }, { id = "undo", title = "Undo" }]
            """);
        var hard = await town.PourAsync("hard");
        Assert.Equal("a", await town.WorkAsync());
        await FailAsync(town, 2);
        Assert.Equal(["undo"], await town.WorkAllAsync());
        over = await town.ReadAsync(hard.Id);
        Assert.Equal((MoleculeState.Failed, StepState.Compensated, OverBudget), (over.State, over.Step("a").State, over.Step("b").FailureClass));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_attempt_counts_once_and_most_of_a_budget_is_told_of_once(bool postgres)
    {
        await using var town = await Town.StartAsync(postgres);
        await town.PutAsync("one", "formula = \"one\"\nsteps = [{ id = \"a\", title = \"A\", budget = 1 }]");
        var m = await town.PourAsync("one");
        await FailAsync(town, 0.8m);
        foreach (var fact in town.Host.Probe.Of<AssignmentCompleted>()) await town.Host.PublishAsync(fact, Town.Ct);
        await town.IdleAsync();
        Assert.Equal((StepState.Running, 0.8m), ((await town.ReadAsync(m.Id)).Step("a").State, (await town.ReadAsync(m.Id)).Step("a").SpentUsd));
        await FailAsync(town, 0.1m);
        var low = Assert.Single(town.Host.Probe.Of<StepBudgetLow>());
        Assert.Equal(("a", 0.8m, 1m), (low.Step.Id, low.Step.SpentUsd, low.Step.BudgetUsd));
        Assert.Single(await town.Http.LogAsync(m.Id), l => l is { What: "budget-low", Reason: "0.80 of 1.00 USD are spent" });
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_an_older_attempt_cost_ends_the_one_that_runs_when_it_is_told_late_and_nothing_that_is_done(bool postgres)
    {
        await using var town = await Town.StartAsync(postgres);
        await town.PutAsync("two", "formula = \"two\"\nsteps = [{ id = \"a\", title = \"A\", budget = 1 }, { id = \"b\", title = \"B\", needs = [\"a\"], budget = 1 }]");
        var m = await town.PourAsync("two");
        Assert.NotNull(await LostAsync(town));
        Assert.Equal(200, await town.DoneAsync((await town.ClaimAsync())!));
        Assert.NotNull(await LostAsync(town));
        var running = (await town.ClaimAsync())!;
        await town.IdleAsync();
        var first = town.Host.Probe.Of<LeaseGranted>().GroupBy(g => g.Assignment.WorkItemId).Select(g => g.First().Assignment).ToList();
        Assert.Equal([m.Step("a").WorkItemId, m.Step("b").WorkItemId], first.Select(a => a.WorkItemId));
        foreach (var lost in first) await town.Host.PublishAsync(Ended(lost, CompletionOutcome.Failed, 3), Town.Ct);
        await town.IdleAsync();
        var over = await town.ReadAsync(m.Id);
        Assert.Equal((StepState.Done, null, 3m), (over.Step("a").State, over.Step("a").FailureClass, over.Step("a").SpentUsd));
        Assert.Equal((MoleculeState.Failed, StepState.Failed, OverBudget), (over.State, over.Step("b").State, over.Step("b").FailureClass));
        Assert.Equal(409, await town.DoneAsync(running));
        Assert.Empty(await town.WorkAllAsync());
    }

    [Theory, InlineData("ready"), InlineData("started")]
    public async Task What_was_handed_in_is_waited_for_and_tried_no_more_when_it_is_sent_back(string again)
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("one", "formula = \"one\"\nsteps = [{ id = \"a\", title = \"A\", budget = 1 }]");
        var m = await town.PourAsync("one");
        await town.ClaimAsync();
        await town.IdleAsync();
        var (granted, started) = (Assert.Single(town.Host.Probe.Of<LeaseGranted>()).Assignment, Assert.Single(town.Host.Probe.Of<WorkItemStarted>()).Item);
        await town.Host.PublishAsync(Ended(granted, CompletionOutcome.Completed, 3), Town.Ct);
        await town.IdleAsync();
        Assert.Equal((StepState.Running, 3m), ((await town.ReadAsync(m.Id)).Step("a").State, (await town.ReadAsync(m.Id)).Step("a").SpentUsd));
        if (again == "ready") await town.Host.PublishAsync(new WorkItemReady(Samples.Event(WorkItemReady.Type), started with { Version = started.Version + 1 }), Town.Ct);
        else await town.Host.PublishAsync(new WorkItemStarted(Samples.Event(WorkItemStarted.Type), started with { Version = started.Version + 1, Fence = started.Fence + 1 }), Town.Ct);
        await town.IdleAsync();
        Assert.Equal((StepState.Failed, OverBudget), ((await town.ReadAsync(m.Id)).Step("a").State, (await town.ReadAsync(m.Id)).Step("a").FailureClass));
    }

    [Fact]
    public async Task An_attempt_that_ended_otherwise_is_not_repeated_either()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("shape", "formula = \"shape\"\nsteps = [{ id = \"a\", title = \"A\", budget = 1, output = { n = \"integer\" }, retry = { max = 3, on = [\"permanent\"] } }]");
        var m = await town.PourAsync("shape");
        Assert.Equal("a", await town.WorkAsync(new { n = "one" }, cost: 0.2m));
        Assert.Equal("a", await town.WorkAsync(new { n = "two" }, cost: 2));
        var failed = (await town.ReadAsync(m.Id)).Step("a");
        Assert.Equal((StepState.Failed, OverBudget, 2), (failed.State, failed.FailureClass, failed.Attempt));
        Assert.Contains("2.20 of 1.00 USD, and the last one ended with: output.n is a string", failed.Reason);
        Assert.Empty(await town.WorkAllAsync());
    }

    [Fact]
    public async Task A_wisp_has_none()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("one", "formula = \"one\"\nsteps = [{ id = \"a\", title = \"A\", budget = 1 }]");
        Assert.Contains("budget-in-wisp", await town.RefusedAsync("/wisps", new { formula = "one", rigId = "shop" }, 422));
    }

    static async Task<ClaimResult?> LostAsync(Town town)
    {
        var claim = await town.ClaimAsync();
        await town.PassAsync(TimeSpan.FromHours(1));
        return claim;
    }

    static async Task FailAsync(Town town, decimal cost) => Assert.NotNull(await town.WorkAsync(outcome: "failed", failureClass: "transient", cost: cost));

    static AssignmentCompleted Ended(AssignmentSnapshot assignment, CompletionOutcome outcome, decimal cost) => new(Samples.Event(AssignmentCompleted.Type), assignment with
    {
        Result = new CompletionResult(outcome, WorkItemState.Submitted, null, null, null, null, null, new Usage(CostUsd: cost), assignment.AgentId!, assignment.Fence, Samples.Moment),
    });
}
