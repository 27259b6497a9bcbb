using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>A molecule keeps what it was poured from until somebody moves it.</summary>
public sealed class MigrationTests
{
    const string Old = """
        formula = "grow"
        vars = { name = "x" }
        [[steps]]
        id = "a"
        title = "A of {{name}}"
        [[steps]]
        id = "g"
        title = "G"
        needs = ["a"]
        children = [{ id = "b", title = "B" }, { id = "c", title = "C" }]
        [[steps]]
        id = "d"
        title = "D"
        needs = ["g"]
        """;

    [Fact]
    public async Task What_is_done_and_unchanged_is_taken_over_and_the_rest_runs_as_the_formula_says_now()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("grow", Old);
        var m = await town.PourAsync("grow", new { name = "ada" });
        Assert.Equal("a", await town.WorkAsync(new { n = 1 }));
        Assert.Equal("b", await town.WorkAsync());
        var same = await MigrateAsync(town, m.Id);
        Assert.True(same is { Same: true, Molecule: null });

        // The group's title, a step less, one that is another, and one more.
        await town.PutAsync("grow", Old.Replace("title = \"G\"", "title = \"Group\"").Replace(", { id = \"c\", title = \"C\" }", "").Replace("\"D\"", "\"D of {{steps.a.output.n}}\"") + "\n[[steps]]\nid = \"e\"\ntitle = \"E\"\nneeds = [\"d\"]");
        Assert.Equal(MoleculeState.Running, (await town.ReadAsync(m.Id)).State);
        Assert.Equal("D", (await town.ReadAsync(m.Id)).Step("d").Title);
        var dry = await MigrateAsync(town, m.Id, dryRun: true);
        Assert.Null(dry.Molecule);
        Assert.Equal(("a,b", "", "e", "c", "g,d"), (string.Join(',', dry.Kept), string.Join(',', dry.Again), string.Join(',', dry.Added), string.Join(',', dry.Removed), string.Join(',', dry.Changed)));
        Assert.Equal(MoleculeState.Running, (await town.ReadAsync(m.Id)).State);

        var done = await MigrateAsync(town, m.Id);
        Assert.Equal(dry with { Molecule = done.Molecule }, done, Plans);
        await town.IdleAsync();
        var (old, heir) = (await town.ReadAsync(m.Id), await town.ReadAsync(done.Molecule!));
        Assert.Equal((MoleculeState.Failed, MoleculeState.Running, m.Id), (old.State, heir.State, heir.ForkOf));
        Assert.Contains(heir.Id, old.Reason);
        Assert.Equal((StepState.Done, StepState.Done, StepState.Done, StepState.Ready), (heir.Step("a").State, heir.Step("b").State, heir.Step("g").State, heir.Step("d").State));
        Assert.Equal(("D of 1", "A of ada"), (heir.Step("d").Title, heir.Step("a").Title));
        Assert.Equal(["d", "e"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(heir.Id)).State);
        Assert.Contains("molecule-over", await town.RefusedAsync($"/molecules/{heir.Id}/migrate", new { }, 409));
    }

    [Fact]
    public async Task What_comes_after_a_changed_step_runs_again()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("grow", Old);
        var m = await town.PourAsync("grow");
        Assert.Equal("a", await town.WorkAsync());
        Assert.Equal("b", await town.WorkAsync());
        Assert.NotNull(await town.ClaimAsync());
        await town.IdleAsync();
        await town.PutAsync("grow", Old.Replace("A of", "Another A of"));
        var plan = await MigrateAsync(town, m.Id);
        Assert.Equal(("", "a,b", "c"), (string.Join(',', plan.Kept), string.Join(',', plan.Again), string.Join(',', plan.Stopped)));
        await town.IdleAsync();
        Assert.Equal(["a", "b", "c", "d"], await town.WorkAllAsync());
        Assert.Equal(MoleculeState.Completed, (await town.ReadAsync(plan.Molecule!)).State);
    }

    static readonly IEqualityComparer<MigrationPlan> Plans = EqualityComparer<MigrationPlan>.Create((a, b) => System.Text.Json.JsonSerializer.Serialize(a) == System.Text.Json.JsonSerializer.Serialize(b));

    static Task<MigrationPlan> MigrateAsync(Town town, string id, bool dryRun = false) => town.PostAsync<MigrationPlan>($"/molecules/{id}/migrate", new { dryRun });
}
