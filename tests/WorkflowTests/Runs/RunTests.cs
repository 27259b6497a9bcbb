using System.Net.Http.Json;
using System.Text.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>Molecules from the pour to the end, with Work and Hook as they are.</summary>
public sealed class RunTests
{
    const string Chain = """
        formula = "chain"
        [[steps]]
        id = "a"
        title = "A"
        [[steps]]
        id = "g"
        title = "G"
        needs = ["a"]
        children = [{ id = "b", title = "B" }, { id = "c", title = "C of {{steps.a.output.name}}" }]
        [[steps]]
        id = "d"
        title = "D"
        needs = ["g"]
        """;

    [Fact]
    public async Task A_molecule_runs_to_its_end_in_the_order_of_its_graph()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("chain", Chain);
        var poured = await town.PourAsync("chain");
        Assert.Equal(MoleculeState.Running, poured.State);
        Assert.StartsWith("sh-mol-", poured.Id);
        Assert.Equal(StepState.Ready, poured.Step("a").State);

        Assert.Equal("a", await town.WorkAsync(new { name = "ada" }));
        var half = await town.ReadAsync(poured.Id);
        Assert.Equal((StepState.Done, StepState.Ready, StepState.Ready, StepState.Pending), (half.Step("a").State, half.Step("b").State, half.Step("c").State, half.Step("d").State));
        var item = await town.Http.GetFromJsonAsync<WorkItemDetail>($"/work-items/{half.Step("c").WorkItemId}", JsonSettings.Web, Town.Ct);
        Assert.Equal("C of ada", item!.Title);

        Assert.Equal(["b", "c", "d"], await town.WorkAllAsync());
        var over = await town.ReadAsync(poured.Id);
        Assert.Equal(MoleculeState.Completed, over.State);
        Assert.All(over.Steps, s => Assert.Equal(StepState.Done, s.State));
        Assert.Equal("""{"name":"ada"}""", over.Step("a").Output!.Value.GetRawText());
        var root = await town.Http.GetFromJsonAsync<WorkItemDetail>($"/work-items/{poured.RootItemId}", JsonSettings.Web, Town.Ct);
        Assert.Equal((WorkItemState.Closed, WorkItemType.Epic), (root!.State, root.Type));
        Assert.Single(town.Host.Probe.Events(MoleculeCompleted.Type));
        Assert.Equal(5, town.Host.Probe.Events(StepDone.Type).Count);
        Assert.All(town.Host.Probe.Events(StepDone.Type), e => Assert.Equal(poured.Id, e.Event!.WorkflowInstanceId));
        var log = await town.Http.GetFromJsonAsync<Page<MoleculeLogEntry>>($"/molecules/{poured.Id}/log", JsonSettings.Web, Town.Ct);
        Assert.Contains(log!.Items, l => l is { StepId: "a", From: "ready", To: "running", AgentId: "shop/crew/ada" });
    }

    [Fact]
    public async Task A_human_gate_opens_once_and_a_timer_by_itself()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("gated", """
            formula = "gated"
            steps = [{ id = "ask", title = "Ask", type = "gate", gate = { type = "human" } }, { id = "later", title = "Later", needs = ["ask"], gate = { type = "timer", timeout = "1h" } }]
            """);
        var m = await town.PourAsync("gated");
        Assert.Equal((MoleculeState.Waiting, StepState.Waiting), (m.State, m.Step("ask").State));
        var gate = m.Gates.Single();
        await town.PostAsync<GateSnapshot>($"/gates/{gate.Id}/open", new { reason = "fine" });
        var again = await town.PostAsync<GateSnapshot>($"/gates/{gate.Id}/open", new { reason = "again" });
        Assert.Equal((GateState.Open, "fine", "overseer"), (again.State, again.Reason, again.By));
        Assert.Single(town.Host.Probe.Events(GateOpened.Type));
        Assert.Null(await town.WorkAsync());
        await town.PassAsync(TimeSpan.FromMinutes(61));
        Assert.Equal(["later"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(m.Id)).State);
    }

    [Fact]
    public async Task A_gate_that_is_not_opened_in_time_fails_its_step_and_opening_it_then_changes_nothing()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("late", "formula = \"late\"\nsteps = [{ id = \"a\", title = \"A\", gate = { type = \"human\", timeout = \"10m\" } }]");
        var m = await town.PourAsync("late");
        await town.PassAsync(TimeSpan.FromMinutes(11));
        var failed = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Failed, StepState.Failed, "timeout"), (failed.State, failed.Step("a").State, failed.Step("a").FailureClass));
        Assert.Equal(GateState.Expired, (await town.PostAsync<GateSnapshot>($"/gates/{m.Gates[0].Id}/open")).State);
        Assert.Equal(MoleculeState.Failed, (await town.ReadAsync(m.Id)).State);
    }

    [Fact]
    public async Task Signals_events_and_conditions_open_their_gates()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("signals", """
            formula = "signals"
            [[steps]]
            id = "ci"
            title = "CI"
            gate = { type = "gh:run", await_id = "42" }
            [[steps]]
            id = "made"
            title = "Made"
            gate = { type = "event", await_id = "agent.registered" }
            [[steps]]
            id = "when"
            title = "When"
            gate = { type = "conditional", condition = "ci.output.green == 'true'" }
            """);
        var m = await town.PourAsync("signals");
        Assert.Equal(MoleculeState.Waiting, m.State);
        Assert.Equal(0, (await town.PostAsync<SignalResult>("/signals", new { type = "gh:run", id = "41" })).Opened);
        Assert.Equal(1, (await town.PostAsync<SignalResult>("/signals", new { type = "gh:run", id = "42" })).Opened);
        Assert.Equal("ci", await town.WorkAsync(new { green = true }));
        await town.PostAsync<object>("/agents", new { id = "shop/crew/eve" });
        var open = await town.ReadAsync(m.Id);
        Assert.Equal((StepState.Ready, StepState.Ready), (open.Step("made").State, open.Step("when").State));
    }

    [Fact]
    public async Task A_failed_step_is_tried_again_after_its_wait_and_then_its_policy_decides()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("retry", """
            formula = "retry"
            steps = [{ id = "a", title = "A", retry = { max = 1, backoff = "10m" } }, { id = "b", title = "B", needs = ["a"] }]
            """);
        var m = await town.PourAsync("retry");
        Assert.Equal("a", await town.WorkAsync(outcome: "failed", failureClass: "transient"));
        Assert.Null(await town.WorkAsync());
        Assert.Equal(StepState.Pending, (await town.ReadAsync(m.Id)).Step("a").State);
        await town.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Empty(town.Host.Probe.Of<RaiseIncident>());       // it is tried again, and so nobody is called
        Assert.Equal("a", await town.WorkAsync(outcome: "failed", failureClass: "transient"));
        await town.IdleAsync();
        var incident = Assert.Single(town.Host.Probe.Of<RaiseIncident>());
        Assert.Equal(($"exhausted:{m.Step("a").WorkItemId}", $"a of {m.Id} failed for good at attempt 2"), (incident.Cause, incident.What));
        var failed = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Failed, StepState.Failed, StepState.Cancelled, 2), (failed.State, failed.Step("a").State, failed.Step("b").State, failed.Step("a").Attempt));

        await town.PostAsync<MoleculeDetail>($"/molecules/{m.Id}/steps/a/retry");
        Assert.Equal(["a", "b"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(m.Id)).State);
    }

    [Fact]
    public async Task Continue_lets_the_others_go_on_and_compensation_runs_backwards()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("policies", """
            formula = "policies"
            [[steps]]
            id = "try"
            title = "Try"
            on_failure = "continue"
            retry = { max = 1, on = ["quota"] }
            [[steps]]
            id = "one"
            title = "One"
            needs = ["try"]
            on_failure = "compensate: undo-one"
            [[steps]]
            id = "two"
            title = "Two"
            needs = ["one"]
            on_failure = "compensate: undo-two"
            [[steps]]
            id = "three"
            title = "Three"
            needs = ["two"]
            on_failure = "compensate: undo-three"
            retry = { max = 1, on = ["quota"] }
            [[steps]]
            id = "undo-one"
            title = "Undo one"
            [[steps]]
            id = "undo-two"
            title = "Undo two"
            [[steps]]
            id = "undo-three"
            title = "Undo three"
            """);
        var m = await town.PourAsync("policies");
        Assert.Equal("try", await town.WorkAsync(outcome: "failed"));
        Assert.Equal("one", await town.WorkAsync());
        Assert.Equal("two", await town.WorkAsync());
        Assert.Equal("three", await town.WorkAsync(outcome: "failed"));
        Assert.Equal(["undo-three", "undo-two", "undo-one"], await town.WorkAllAsync());
        var over = await town.ReadAsync(m.Id);
        Assert.Equal(MoleculeState.Failed, over.State);
        Assert.Equal((StepState.Failed, StepState.Compensated, StepState.Compensated, StepState.Failed), (over.Step("try").State, over.Step("one").State, over.Step("two").State, over.Step("three").State));
    }

    [Fact]
    public async Task A_loop_until_goes_round_until_its_condition_holds()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("until", """
            formula = "until"
            [[steps]]
            id = "fix"
            title = "Fix"
            loop = { until = "try.output.green == 'true'", max = 3, body = [{ id = "try", title = "Try {iteration}" }] }
            [[steps]]
            id = "after"
            title = "After"
            needs = ["fix"]
            """);
        var m = await town.PourAsync("until");
        Assert.Equal("fix.iter1.try", await town.WorkAsync(new { green = false }));
        Assert.Equal("fix.iter2.try", await town.WorkAsync(new { green = true }));
        Assert.Equal(["after"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(m.Id)).State);
        var given = await town.PourAsync("until");
        for (var i = 0; i < 3; i++) await town.WorkAsync(new { green = false });
        Assert.Equal(MoleculeState.Failed, (await town.ReadAsync(given.Id)).State);
    }

    [Fact]
    public async Task A_fan_out_makes_steps_of_an_output_and_whoever_waits_for_the_children_waits()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("one", "formula = \"one\"\nvars = { file = { required = true } }\nsteps = [{ id = \"fix\", title = \"Fix {{file}}\" }]");
        await town.PutAsync("fan", """
            formula = "fan"
            steps = [{ id = "find", title = "Find", on_complete = { for_each = "output.files", bond = "one", vars = { file = "{item.path}" } } },
              { id = "end", title = "End", needs = ["find"], waits_for = "all-children" }]
            """);
        var m = await town.PourAsync("fan");
        await town.PutAsync("one", "formula = \"one\"\nsteps = [{ id = \"other\", title = \"Changed meanwhile\" }]");
        Assert.Equal("find", await town.WorkAsync(new { files = new[] { new { path = "a.cs" }, new { path = "b.cs" } } }));
        var spawned = await town.ReadAsync(m.Id);
        Assert.Equal(["Fix a.cs", "Fix b.cs"], spawned.Steps.Where(s => s.Id.StartsWith("find.")).Select(s => s.Title));
        Assert.Equal(StepState.Pending, spawned.Step("end").State);
        Assert.Equal(["find.1.fix", "find.2.fix", "end"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(m.Id)).State);

        var wrong = await town.PourAsync("fan");
        await town.WorkAsync(new { files = "none" });
        Assert.Equal(MoleculeState.Failed, (await town.ReadAsync(wrong.Id)).State);
    }

    [Fact]
    public async Task An_output_of_the_wrong_shape_fails_its_step_and_one_that_is_too_large_is_refused()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("shape", "formula = \"shape\"\nsteps = [{ id = \"a\", title = \"A\", output = { count = \"integer\" } }, { id = \"b\", title = \"B\", needs = [\"a\"] }]");
        var m = await town.PourAsync("shape");
        var claim = (await town.ClaimAsync())!;
        var large = await town.Worker.PostAsJsonAsync($"/work-items/{claim.WorkItem.Id}/done", new { leaseToken = claim.Lease.Token, outcome = "completed", output = new string('x', 300_000) }, JsonSettings.Web, Town.Ct);
        Assert.Equal(400, (int)large.StatusCode);
        foreach (var (output, why) in ((string, string)[])[("[\"\\ud800\"]", "surrogate"), ("{\"a\":\"\\u0000\"}", "NUL"), (new string('[', 17) + new string(']', 17), "16 deep")])
        {
            using var body = new StringContent($$"""{"leaseToken":"{{claim.Lease.Token}}","outcome":"completed","output":{{output}}}""", System.Text.Encoding.UTF8, "application/json");
            var answer = await town.Worker.PostAsync($"/work-items/{claim.WorkItem.Id}/done", body, Town.Ct);
            Assert.Equal((400, true), ((int)answer.StatusCode, (await answer.Content.ReadAsStringAsync(Town.Ct)).Contains(why)));
        }
        var done = await town.Worker.PostAsJsonAsync($"/work-items/{claim.WorkItem.Id}/done", new { leaseToken = claim.Lease.Token, outcome = "completed", output = new { count = "two" } }, JsonSettings.Web, Town.Ct);
        Assert.True(done.IsSuccessStatusCode);
        await town.IdleAsync();
        var failed = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Failed, "output.count is a string and should be integer"), (failed.State, failed.Step("a").Reason));
        Assert.Empty(await town.WorkAllAsync());
    }

    [Fact]
    public async Task Facts_that_come_twice_or_late_change_nothing()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("chain", Chain);
        var m = await town.PourAsync("chain");
        await town.WorkAsync(new { name = "x" });
        var closed = town.Host.Probe.Of<WorkItemClosed>().Single(c => c.Item.Id == m.Step("a").WorkItemId);
        var before = await town.ReadAsync(m.Id);
        await town.Host.PublishAsync(closed with { Event = Samples.Event(WorkItemClosed.Type, workItemId: closed.Item.Id) }, Town.Ct);
        await town.Host.PublishAsync(new WorkItemReady(Samples.Event(WorkItemReady.Type), closed.Item with { Version = 1 }), Town.Ct);
        await town.Host.PublishAsync(new WorkItemsCreated(m.Id, 0), Town.Ct);
        await town.IdleAsync();
        Assert.Equal(before.States(), (await town.ReadAsync(m.Id)).States());
        Assert.Single(town.Host.Probe.Events(StepDone.Type));
    }

    [Fact]
    public async Task A_wisp_is_one_item_with_a_checklist()
    {
        await using var town = await Town.StartAsync();
        var wisp = await town.PourAsync("work", new { task = "Fix login" }, wisp: true);
        Assert.StartsWith("sh-wisp-", wisp.Id);
        Assert.Equal(["understand", "implement", "review", "submit"], wisp.Steps.Select(s => s.Id));
        Assert.Equal([StepState.Ready, StepState.Pending, StepState.Pending, StepState.Pending], wisp.States());
        var claim = (await town.ClaimAsync())!;
        Assert.Equal(wisp.RootItemId, claim.WorkItem.Id);
        Assert.Contains("- [ ] understand: Understand: Fix login", claim.WorkItem.Description);
        await town.RefusedAsync($"/molecules/{wisp.Id}/steps/review/done", new { }, 409);
        foreach (var step in (string[])["understand", "implement", "review", "submit"]) await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/steps/{step}/done");
        Assert.Equal(MoleculeState.Running, (await town.ReadAsync(wisp.Id)).State);
        var done = await town.Worker.PostAsJsonAsync($"/work-items/{claim.WorkItem.Id}/done", new { leaseToken = claim.Lease.Token, outcome = "completed" }, JsonSettings.Web, Town.Ct);
        Assert.True(done.IsSuccessStatusCode);
        await town.IdleAsync();
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(wisp.Id)).State);

        var squashed = await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/squash");
        Assert.Equal((MoleculeState.Squashed, 0, 4), (squashed.State, squashed.Steps.Count, squashed.Digest!.Steps.Count));
        Assert.Single(town.Host.Probe.Events(MoleculeSquashed.Type));
    }

    [Fact]
    public async Task A_claim_of_a_wisp_shows_its_steps_and_what_was_ticked_before_somebody_else_took_it_up()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("round", """
            formula = "round"
            steps = [{ id = "a", title = "A", description = "First" }, { id = "b", title = "B of {{steps.a.output.n}}", needs = ["a"] },
              { id = "end", title = "End", needs = ["b"], gate = { type = "human" } }]
            """);
        var wisp = await town.PourAsync("round", wisp: true);
        var claim = (await town.ClaimAsync())!;
        Assert.Equal([("a", "A", "First", StepState.Ready), ("b", "B of {{steps.a.output.n}}", null, StepState.Pending), ("end", "End", null, StepState.Pending)], claim.Steps.Select(s => (s.Id, s.Title, s.Description, s.State)));
        // Two events of one moment have no order; nobody is that quick.
        town.Clock.Advance(TimeSpan.FromSeconds(1));
        await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/steps/a/done", new { output = new { n = 1 } });
        await town.PassAsync(TimeSpan.FromHours(1));
        claim = (await town.ClaimAsync())!;
        Assert.Equal([("a", StepState.Done), ("b", StepState.Ready), ("end", StepState.Pending)], claim.Steps.Select(s => (s.Id, s.State)));
        Assert.Equal("B of 1", claim.Steps[1].Title);
        // Nothing of it is left in Hook when it is over, whatever is told late.
        var told = town.Host.Probe.Of<StepDone>();
        await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/cancel", new { reason = "enough" });
        foreach (var fact in told) await town.Host.PublishAsync(fact, Town.Ct);
        await town.IdleAsync();
        Assert.False(await town.Host.UseAsync<ClaudeManage.Hook.Data.HookDbContext, bool>(db => Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.AnyAsync(db.WispSteps, Town.Ct)));
    }

    [Fact]
    public async Task What_a_person_may_do_to_a_molecule()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("three", "formula = \"three\"\nsteps = [{ id = \"a\", title = \"A\" }, { id = \"b\", title = \"B\", needs = [\"a\"] }, { id = \"c\", title = \"C\", needs = [\"b\"] }]");
        var m = await town.PourAsync("three");
        await town.PostAsync<MoleculeDetail>($"/molecules/{m.Id}/pause");
        Assert.Equal("a", await town.WorkAsync(new { n = 1 }));
        Assert.Equal(StepState.Pending, (await town.ReadAsync(m.Id)).Step("b").State);
        await town.PostAsync<MoleculeDetail>($"/molecules/{m.Id}/resume");
        Assert.Equal(StepState.Ready, (await town.ReadAsync(m.Id)).Step("b").State);
        await town.RefusedAsync($"/molecules/{m.Id}/steps/b/skip", new { }, 400);
        await town.PostAsync<MoleculeDetail>($"/molecules/{m.Id}/steps/b/skip", new { reason = "not needed" });
        Assert.Equal(["c"], await town.WorkAllAsync());
        var over = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Completed, StepState.Skipped), (over.State, over.Step("b").State));

        var fork = await town.PostAsync<MoleculeDetail>($"/molecules/{m.Id}/fork", new { step = "c" });
        fork = await town.ReadAsync(fork.Id);
        Assert.Equal((StepState.Done, StepState.Skipped, StepState.Ready), (fork.Step("a").State, fork.Step("b").State, fork.Step("c").State));
        Assert.Equal("""{"n":1}""", fork.Step("a").Output!.Value.GetRawText());
        await town.PostAsync<MoleculeDetail>($"/molecules/{fork.Id}/cancel", new { reason = "enough" });
        Assert.Empty(await town.WorkAllAsync());
        var burned = await town.PostAsync<MoleculeDetail>($"/molecules/{fork.Id}/burn");
        Assert.Equal((MoleculeState.Burned, 0), (burned.State, burned.Steps.Count));
    }

    [Theory, InlineData("tdd"), InlineData("code-review"), InlineData("release"), InlineData("conflict-resolve"), InlineData("plan"), InlineData("work")]
    public async Task Every_built_in_formula_runs_to_its_end(string formula)
    {
        await using var town = await Town.StartAsync();
        var vars = formula switch
        {
            "tdd" => new { feature = "login", cases = "2" },
            "code-review" => new { branch = "cm/sh-1/1" },
            "release" => new { version = "1.2.3" },
            "conflict-resolve" => new { branch = "cm/sh-1/1" },
            "plan" => new { goal = "faster" },
            _ => (object)new { task = "Fix it", test_command = "make test" },
        };
        var m = await town.PourAsync(formula, vars);
        while ((await town.ReadAsync(m.Id)).State is MoleculeState.Running or MoleculeState.Waiting)
        {
            var gates = (await town.ReadAsync(m.Id)).Gates.Where(g => g.State == GateState.Waiting).ToList();
            foreach (var gate in gates) await town.PostAsync<GateSnapshot>($"/gates/{gate.Id}/open");
            Assert.True((await town.WorkAllAsync()).Count + gates.Count > 0, $"{formula} stands still: {string.Join(", ", (await town.ReadAsync(m.Id)).Steps.Select(s => $"{s.Id} {s.State}"))}");
        }
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(m.Id)).State);
    }

    [Fact]
    public async Task A_chain_of_a_thousand_steps_is_poured_and_runs()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("long", "formula = \"long\"\n" + string.Concat(Enumerable.Range(1, 1_025).Select(i => $"[[steps]]\nid = \"s{i}\"\ntitle = \"Move {i}\"\n{(i > 1 ? $"needs = [\"s{i - 1}\"]\n" : "")}")));
        var begin = TimeProvider.System.GetTimestamp();
        var made = await town.Http.PostAsJsonAsync("/molecules", new { formula = "long", rigId = "shop" }, JsonSettings.Web, Town.Ct);
        var m = (await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<MoleculeDetail>(JsonSettings.Web, Town.Ct))!;
        var poured = TimeProvider.System.GetElapsedTime(begin);
        Assert.Equal(1_025, m.Total);
        await town.IdleAsync();
        for (var i = 1; i <= 20; i++) Assert.Equal($"s{i}", await town.WorkAsync());
        Assert.Equal((MoleculeState.Running, 20), ((await town.ReadAsync(m.Id)).State, (await town.ReadAsync(m.Id)).Over));
        // `./cm bench formula` measures the pour and runs such a chain to its end; this is for machines that do much else.
        Assert.True(poured < TimeSpan.FromSeconds(10), $"pouring took {poured}");
    }

    [Fact]
    public async Task A_formula_is_put_read_and_refused_with_every_error()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("chain", Chain);
        var bad = await town.Http.PutAsync("/formulas/bad", new StringContent("formula = \"bad\"\nsteps = [{ id = \"a\", title = \"A\", needs = [\"x\"] }, { id = \"b\" }]", System.Text.Encoding.UTF8, "text/toml"), Town.Ct);
        Assert.Equal(400, (int)bad.StatusCode);
        var text = await bad.Content.ReadAsStringAsync(Town.Ct);
        Assert.Contains("steps[0]: needs references unknown step", text);
        Assert.Contains("steps[1] (b): title is required", text);
        using var latin = new ByteArrayContent([.. "formula = \"caf"u8, 0xE9, .. "\""u8]);
        var other = await town.Http.PutAsync("/formulas/bad", latin, Town.Ct);
        Assert.Equal(400, (int)other.StatusCode);
        Assert.Contains("not UTF-8", await other.Content.ReadAsStringAsync(Town.Ct));
        var cooked = await town.PostAsync<CookedFormula>("/formulas/chain/cook");
        Assert.Equal([["a"], ["b", "c"], ["g"], ["d"]], cooked.Waves);
        var kept = await town.Http.GetFromJsonAsync<Protomolecule>($"/protomolecules/{cooked.Id}", JsonSettings.Web, Town.Ct);
        Assert.Equal(5, kept!.Steps.Count);
        Assert.Contains("aspect", await town.RefusedAsync("/molecules", new { formula = "security-audit", rigId = "shop" }, 422));
        Assert.Contains("vars.version", await town.RefusedAsync("/molecules", new { formula = "release", rigId = "shop" }, 422));
    }
}
