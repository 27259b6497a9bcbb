using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>A wisp whose worker failed, tried again.</summary>
public sealed class WispRetryTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task It_is_on_a_hook_again_with_what_is_left_of_its_list(bool postgres)
    {
        await using var town = await Town.StartAsync(postgres);
        await town.PutAsync("round", "formula = \"round\"\nsteps = [{ id = \"a\", title = \"A\", description = \"First\" }, { id = \"b\", title = \"B\", needs = [\"a\"] }]");
        var wisp = await town.PourAsync("round", wisp: true);
        var claim = (await town.ClaimAsync())!;
        town.Clock.Advance(TimeSpan.FromSeconds(1));
        await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/steps/a/done");
        await town.PassAsync(TimeSpan.FromHours(1));
        for (var attempt = 2; (await town.ReadAsync(wisp.Id)).State == MoleculeState.Running; attempt++)
        {
            Assert.True(attempt < 9, "it is given out for ever");
            await town.WorkAsync(outcome: "failed", failureClass: "transient");
        }
        Assert.Equal((MoleculeState.Failed, StepState.Cancelled), ((await town.ReadAsync(wisp.Id)).State, (await town.ReadAsync(wisp.Id)).Step("b").State));

        await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/steps/b/retry");
        var again = await town.ClaimAsync();
        Assert.Equal(wisp.RootItemId, again?.WorkItem.Id);
        Assert.Equal([("a", "First", StepState.Done), ("b", null, StepState.Ready)], again!.Steps.Select(s => (s.Id, s.Description, s.State)));
        await town.PostAsync<MoleculeDetail>($"/molecules/{wisp.Id}/steps/b/done");
        Assert.Equal(200, await town.DoneAsync(again));
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(wisp.Id)).State);
    }
}
