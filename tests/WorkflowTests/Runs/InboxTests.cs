using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Health;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>Human gates wait in the inbox of a town that has one: by events, in both directions.</summary>
public sealed class InboxTests
{
    const string Gated = "formula = \"gated\"\nsteps = [{ id = \"ask\", title = \"Ask\", gate = { type = \"human\", id = \"sign-off\" } }]";

    static async Task<(Town Town, MoleculeDetail Molecule, DecisionSnapshot Decision)> AskedAsync()
    {
        var town = await Town.StartAsync(new HealthModule());
        await town.PutAsync("gated", Gated);
        var m = await town.PourAsync("gated");
        var inbox = (await town.Http.GetFromJsonAsync<Page<DecisionSnapshot>>("/decisions?state=open", JsonSettings.Web, Town.Ct))!;
        var decision = Assert.Single(inbox.Items);
        Assert.Equal((m.Gates.Single().Id, m.Id, "shop"), (decision.GateId, decision.MoleculeId, decision.RigId));
        return (town, m, decision);
    }

    [Fact]
    public async Task Yes_opens_the_gate_and_the_step_runs()
    {
        var (town, m, decision) = await AskedAsync();
        await using var _ = town;
        await town.PostAsync<DecisionSnapshot>($"/decisions/{decision.Id}/answer", new AnswerRequest(Approve: true, Reason: "looks good"));
        var gate = (await town.ReadAsync(m.Id)).Gates.Single();
        Assert.Equal((GateState.Open, "overseer", "looks good"), (gate.State, gate.By, gate.Reason));
        Assert.Equal(["ask"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(m.Id)).State);
        Assert.Equal(DecisionState.Answered, (await town.Http.GetFromJsonAsync<DecisionSnapshot>($"/decisions/{decision.Id}", JsonSettings.Web, Town.Ct))!.State);
    }

    [Fact]
    public async Task No_fails_the_step_with_the_reason()
    {
        var (town, m, decision) = await AskedAsync();
        await using var _ = town;
        await town.PostAsync<DecisionSnapshot>($"/decisions/{decision.Id}/answer", new AnswerRequest(Approve: false, Reason: "too early"));
        var refused = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Failed, StepState.Failed, GateState.Closed), (refused.State, refused.Step("ask").State, refused.Gates.Single().State));
        Assert.Contains("too early", refused.Step("ask").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_opened_elsewhere_takes_its_decision_with_it()
    {
        var (town, m, decision) = await AskedAsync();
        await using var _ = town;
        await town.PostAsync<GateSnapshot>($"/gates/{m.Gates.Single().Id}/open");
        Assert.Equal(DecisionState.Withdrawn, (await town.Http.GetFromJsonAsync<DecisionSnapshot>($"/decisions/{decision.Id}", JsonSettings.Web, Town.Ct))!.State);
        Assert.Contains("decision-over", await town.RefusedAsync($"/decisions/{decision.Id}/answer", new AnswerRequest(Approve: true), 409), StringComparison.Ordinal);
    }
}
