using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>What comes late, twice, all at once, or not at all.</summary>
public sealed class TroubleTests
{
    const string One = "formula = \"one\"\nvars = { file = { required = true } }\nsteps = [{ id = \"fix\", title = \"Fix {{file}}\" }]";

    static readonly object Files = new { files = new[] { "a.cs", "b.cs" } };

    [Fact]
    public async Task Completions_out_of_their_order_leave_every_step_done_once()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("pair", "formula = \"pair\"\nsteps = [{ id = \"a\", title = \"A\" }, { id = \"b\", title = \"B\" }, { id = \"c\", title = \"C\", needs = [\"a\", \"b\"] }]");
        var m = await town.PourAsync("pair");
        Assert.Equal("a", await town.WorkAsync());
        Assert.Equal("b", await town.WorkAsync());
        // What was said before comes once more, the last word first, each as a message of its own.
        var probe = town.Host.Probe;
        foreach (var fact in probe.Of<WorkItemClosed>().Reverse().ToList()) await town.Host.PublishAsync(fact, Town.Ct);
        foreach (var fact in probe.Of<WorkItemStarted>().Reverse().ToList()) await town.Host.PublishAsync(fact, Town.Ct);
        foreach (var fact in probe.Of<AssignmentCompleted>().Reverse().ToList()) await town.Host.PublishAsync(fact, Town.Ct);
        foreach (var fact in probe.Of<WorkItemReady>().Reverse().ToList()) await town.Host.PublishAsync(fact, Town.Ct);
        await town.IdleAsync();
        Assert.Equal([StepState.Done, StepState.Done, StepState.Ready], (await town.ReadAsync(m.Id)).States());
        Assert.Equal(["c"], await town.WorkAllAsync());
        await AssertDoneOnceAsync(town, m.Id, "a", "b", "c");
    }

    [Fact]
    public async Task A_worker_who_says_done_twice_and_one_whose_lease_is_gone_change_nothing_more()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("two", "formula = \"two\"\nsteps = [{ id = \"a\", title = \"A\" }, { id = \"b\", title = \"B\", needs = [\"a\"] }]");
        var m = await town.PourAsync("two");
        var lost = (await town.ClaimAsync())!;
        await town.PassAsync(TimeSpan.FromHours(1));
        var claim = (await town.ClaimAsync())!;
        Assert.Equal(lost.WorkItem.Id, claim.WorkItem.Id);
        Assert.Equal(409, await town.DoneAsync(lost));
        Assert.Equal(200, await town.DoneAsync(claim));
        Assert.Equal(200, await town.DoneAsync(claim));
        Assert.Equal(409, await town.DoneAsync(lost));
        Assert.Equal(["b"], await town.WorkAllAsync());
        await AssertDoneOnceAsync(town, m.Id, "a", "b");
    }

    [Fact]
    public async Task A_thousand_gates_that_are_due_at_once_all_open()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("many", "formula = \"many\"\n" + string.Concat(Enumerable.Range(1, 1_000).Select(i => $"[[steps]]\nid = \"g{i}\"\ntitle = \"G{i}\"\ntype = \"gate\"\ngate = {{ type = \"timer\", timeout = \"1h\" }}\n"))
            + $"[[steps]]\nid = \"end\"\ntitle = \"End\"\nneeds = [{string.Join(", ", Enumerable.Range(1, 1_000).Select(i => $"\"g{i}\""))}]\n");
        var m = await town.PourAsync("many");
        Assert.Equal((MoleculeState.Waiting, 1_000), (m.State, m.Gates.Count(g => g.State == GateState.Waiting)));
        await town.PassAsync(TimeSpan.FromMinutes(61));
        var open = await town.ReadAsync(m.Id);
        Assert.Equal((1_000, StepState.Ready), (open.Gates.Count(g => g.State == GateState.Open), open.Step("end").State));
        Assert.Equal(["end"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(m.Id)).State);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_and_one_that_leaps_ahead_open_a_gate_at_its_time_and_once()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("clock", """
            formula = "clock"
            steps = [{ id = "rest", title = "Rest", type = "gate", gate = { type = "timer", timeout = "1h" } }, { id = "slow", title = "Slow", timeout = "10m", retry = { max = 1, backoff = "1m", on = ["timeout"] } },
              { id = "end", title = "End", needs = ["rest", "slow"] }]
            """);
        var m = await town.PourAsync("clock");
        Assert.NotNull(await town.ClaimAsync());
        await town.IdleAsync();
        town.Clock.AdjustTime(town.Clock.GetUtcNow() - TimeSpan.FromDays(1));
        town.RenewTokens();
        await town.PassAsync(TimeSpan.FromHours(2));       // every timer has run, and nothing's time has come
        var back = await town.ReadAsync(m.Id);
        Assert.Equal((GateState.Waiting, StepState.Running), (back.Gates[0].State, back.Step("slow").State));
        await town.PassAsync(TimeSpan.FromDays(30));       // the gate, the step's time and its lease, all at once
        await town.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["slow", "end"], await town.WorkAllAsync());
        await AssertDoneOnceAsync(town, m.Id, "rest", "slow", "end");
        Assert.Equal(2, (await town.ReadAsync(m.Id)).Step("slow").Attempt);
        Assert.Single(town.Host.Probe.Events(GateOpened.Type));
    }

    [Fact]
    public async Task A_formula_that_is_gone_is_not_missed_by_what_runs()
    {
        await using var town = await Town.StartAsync();
        await PutFanAsync(town, "");
        var m = await town.PourAsync("fan");
        await town.Host.UseAsync<WorkflowDbContext, int>(db => db.Formulas.ExecuteDeleteAsync(Town.Ct));
        await town.RefusedAsync("/molecules", new { formula = "fan", rigId = "shop" }, 404);
        Assert.Equal("find", await town.WorkAsync(Files));
        Assert.Equal(["find.1.fix", "find.2.fix", "end"], await town.WorkAllAsync());
        await AssertDoneOnceAsync(town, m.Id, "find", "find.1.fix", "find.2.fix", "end");
    }

    [Fact]
    public async Task A_child_that_fails_fails_the_whole_unless_its_formula_goes_on()
    {
        await using var town = await Town.StartAsync();
        await PutFanAsync(town, "");
        var hard = await town.PourAsync("fan");
        Assert.Equal("find", await town.WorkAsync(Files));
        Assert.Equal("find.1.fix", await town.WorkAsync(outcome: "failed"));
        for (var i = 0; i < 4 && (await town.ReadAsync(hard.Id)).State == MoleculeState.Running; i++) await town.WorkAsync(outcome: "failed");
        var failed = await town.ReadAsync(hard.Id);
        Assert.Equal((MoleculeState.Failed, StepState.Cancelled), (failed.State, failed.Step("end").State));
        Assert.Empty(await town.WorkAllAsync());

        await PutFanAsync(town, "on_failure = \"continue\", retry = { max = 1, on = [\"quota\"] }, ");
        var soft = await town.PourAsync("fan");
        Assert.Equal("find", await town.WorkAsync(Files));
        Assert.Equal("find.1.fix", await town.WorkAsync(outcome: "failed"));
        Assert.Equal(["find.2.fix", "end"], await town.WorkAllAsync());
        var over = await town.ReadAsync(soft.Id);
        Assert.Equal((MoleculeState.Completed, StepState.Failed), (over.State, over.Step("find.1.fix").State));
    }

    [Fact]
    public async Task A_gate_that_is_late_tells_a_person_and_its_step_s_policy_decides()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("late", """
            formula = "late"
            steps = [{ id = "ask", title = "Ask", type = "gate", on_failure = "continue", gate = { type = "human", timeout = "10m" } }, { id = "go", title = "Go", needs = ["ask"] }]
            """);
        var m = await town.PourAsync("late");
        await town.PassAsync(TimeSpan.FromMinutes(11));
        var incident = Assert.Single(town.Host.Probe.Of<RaiseIncident>());
        Assert.Contains(m.Id, incident.What);
        Assert.Equal(GateState.Expired, (await town.PostAsync<GateSnapshot>($"/gates/{m.Gates[0].Id}/open")).State);
        Assert.Equal(["go"], await town.WorkAllAsync());
        var over = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Completed, StepState.Failed), (over.State, over.Step("ask").State));
    }

    [Fact]
    public async Task A_step_that_takes_too_long_is_taken_from_its_worker_and_tried_again()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("slow", "formula = \"slow\"\nsteps = [{ id = \"a\", title = \"A\", timeout = \"60s\", retry = { max = 1, on = [\"timeout\"] } }]");
        var m = await town.PourAsync("slow");
        var claim = (await town.ClaimAsync())!;
        await town.IdleAsync();
        await town.PassAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(409, await town.DoneAsync(claim));
        Assert.Equal("timeout", (await town.ReadAsync(m.Id)).Step("a").FailureClass);
        var again = (await town.ClaimAsync())!;
        await town.IdleAsync();
        Assert.Equal(claim.WorkItem.Id, again.WorkItem.Id);
        await town.PassAsync(TimeSpan.FromSeconds(61));
        Assert.Equal((MoleculeState.Failed, 2), ((await town.ReadAsync(m.Id)).State, (await town.ReadAsync(m.Id)).Step("a").Attempt));
        Assert.Empty(await town.WorkAllAsync());
    }

    [Fact]
    public async Task Mail_to_whom_a_gate_names_opens_it_and_mail_to_others_does_not()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("post", "formula = \"post\"\nsteps = [{ id = \"a\", title = \"A\", gate = { type = \"mail\", await_id = \"shop/crew/ada\" } }]");
        await town.PostAsync<object>("/agents", new { id = "shop/crew/eve" });
        var m = await town.PourAsync("post");
        await town.PostAsync<object>("/agents/shop/crew/eve/mail", new { subject = "To somebody else" });
        Assert.Equal(StepState.Waiting, (await town.ReadAsync(m.Id)).Step("a").State);
        await town.PostAsync<object>("/agents/shop/crew/ada/mail", new { subject = "All is well" });
        Assert.Equal((StepState.Ready, GateState.Open), ((await town.ReadAsync(m.Id)).Step("a").State, (await town.ReadAsync(m.Id)).Gates[0].State));
    }

    [Fact]
    public async Task Only_who_holds_a_wisp_ticks_its_steps_and_no_agent_those_of_a_molecule()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("two", "formula = \"two\"\nsteps = [{ id = \"a\", title = \"A\" }, { id = \"b\", title = \"B\", needs = [\"a\"] }]");
        var wisp = await town.PourAsync("two", wisp: true);
        Assert.Equal(409, await TickAsync(town.Worker, wisp.Id));
        Assert.Equal(wisp.RootItemId, (await town.ClaimAsync())!.WorkItem.Id);
        await town.IdleAsync();
        var molecule = await town.PourAsync("two");
        Assert.Equal(409, await TickAsync(town.Host.Client("shop/crew/eve", Roles.Agent), wisp.Id));
        Assert.Equal(409, await TickAsync(town.Host.Client("shop/crew/ada", Roles.Agent, Guid.NewGuid(), 99), wisp.Id));
        Assert.Equal(200, await TickAsync(town.Worker, wisp.Id));
        Assert.Equal(403, await TickAsync(town.Worker, molecule.Id));
    }

    static async Task<int> TickAsync(HttpClient http, string id) => (int)(await http.PostAsJsonAsync($"/molecules/{id}/steps/a/done", new { }, JsonSettings.Web, Town.Ct)).StatusCode;

    static async Task PutFanAsync(Town town, string policy)
    {
        await town.PutAsync("one", One.Replace("id = \"fix\", ", $"id = \"fix\", {policy}"));
        await town.PutAsync("fan", """
            formula = "fan"
            steps = [{ id = "find", title = "Find", on_complete = { for_each = "output.files", bond = "one", vars = { file = "{item}" } } },
              { id = "end", title = "End", needs = ["find"], waits_for = "all-children" }]
            """);
    }

    static async Task AssertDoneOnceAsync(Town town, string id, params string[] steps)
    {
        var m = await town.ReadAsync(id);
        Assert.Equal(MoleculeState.Completed, m.State);
        var log = await town.Http.LogAsync(id);
        Assert.Equal(steps.Order(), log.Where(l => l.To == "done").Select(l => l.StepId).Order());
        Assert.Equal(steps.Length, town.Host.Probe.Events(StepDone.Type).Count(e => e.Event!.WorkflowInstanceId == id));
        Assert.Single(town.Host.Probe.Events(MoleculeCompleted.Type), e => e.Event!.WorkflowInstanceId == id);
    }
}
