using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.CliTests;

/// <summary><c>cm molecule</c>: how its steps look.</summary>
public sealed class MoleculeTests : IDisposable
{
    readonly Cm _cm = new();

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task What_steps_cost_is_shown_where_there_is_a_cost_or_a_budget()
    {
        var free = Step("free");
        Show(free);
        Assert.DoesNotContain("USD", (await _cm.RunAsync("molecule", "show", "sh-mol-aaaaa")).Out);
        Show(free, Step("paid") with { CostUsd = 1.5m, SpentUsd = 1.5m }, Step("bound") with { CostUsd = 3, SpentUsd = 0.25m, BudgetUsd = 2 });
        var shown = (await _cm.RunAsync("molecule", "show", "sh-mol-aaaaa")).Out;
        Assert.Matches("STEP +STATE +ITEM +USD +TITLE", shown);
        Assert.Matches(@"free +ready +sh-molaaaaa\.1 +Title of free", shown);
        Assert.Matches(@"paid +ready +sh-molaaaaa\.1 +1\.50 +Title of paid", shown);
        Assert.Matches(@"bound +ready +sh-molaaaaa\.1 +0\.25 of 2\.00 +Title of bound", shown);
    }

    void Show(params StepSnapshot[] steps) => _cm.Town.On("GET", "/molecules/sh-mol-aaaaa", new MoleculeDetail(
        "sh-mol-aaaaa", "one", "sha256:1", "One", "shop", MoleculeState.Running, false, false, "sh-molaaaaa", new Dictionary<string, string>(), "overseer", null, steps.Length, 0, null,
        Sample.Noon, null, 1, steps, [], null));

    static StepSnapshot Step(string id) => new(id, StepKind.Work, null, $"Title of {id}", StepState.Ready, "sh-molaaaaa.1", [], 0, null, 0, null, null, null, null, null, null);
}
