using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Workflow;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>What a rig's repository says goes before the town, and the town before what comes with it.</summary>
public sealed class RigFormulaTests
{
    [Fact]
    public async Task A_formula_of_the_repository_goes_before_the_town_s_and_counts_as_the_default_branch_has_it()
    {
        await using var town = await Town.StartAsync();
        using var repository = new ScratchDirectory("formulas");
        var git = town.Host.Services.GetRequiredService<GitRunner>();
        await git.RunAsync(new GitCall(null, "init", "--quiet", "-b", "main", repository.Path), Town.Ct);
        await CommitAsync(".beads/formulas/work.formula.toml", Text("work", "from beads"));
        await town.PostAsync<object>("/rigs", new { name = "repo", prefix = "rp", gitUrl = repository.Path, defaultBranch = "main" });
        await town.PutAsync("work", Text("work", "from the town"));
        Assert.Equal(["from beads"], await TitlesAsync("work", "repo"));
        Assert.Equal(["from the town"], await TitlesAsync("work", "shop"));

        // The town's own folder goes before the other one, and what others are made of is looked up in the same place.
        await CommitAsync(".claudemanage/formulas/work.formula.toml", "formula = \"work\"\nextends = [\"base\"]\nsteps = [{ id = \"a\", title = \"from the rig\" }]");
        await CommitAsync(".claudemanage/formulas/base.formula.json", """{"formula":"base","steps":[{"id":"b","title":"of its base"}]}""");
        Assert.Equal(["from beads"], await TitlesAsync("work", "repo"));
        await town.PassAsync(TimeSpan.FromSeconds(16));
        Assert.Equal(["of its base", "from the rig"], await TitlesAsync("work", "repo"));
        var poured = await town.PostAsync<MoleculeDetail>("/molecules", new { formula = "work", rigId = "repo" });
        Assert.Equal(["of its base", "from the rig"], poured.Steps.Select(s => s.Title));

        var listed = (await town.Http.GetFromJsonAsync<Page<FormulaSummary>>("/formulas?rig=repo", JsonSettings.Web, Town.Ct))!.Items;
        Assert.Equal(("rig", "rig", "built-in"), (Origin("work"), Origin("base"), Origin("tdd")));
        var shown = (await town.Http.GetFromJsonAsync<FormulaDetail>("/formulas/work?rig=repo", JsonSettings.Web, Town.Ct))!;
        Assert.Equal(("rig", (await git.RunAsync(repository.Path, ["rev-parse", "HEAD"], Town.Ct)).Trim()), (shown.Origin, shown.UpdatedBy));

        // A file that is not what its name says, and one that is no formula, are told; a repository that is gone is as it was last seen.
        await CommitAsync(".claudemanage/formulas/odd.formula.toml", Text("even", "Odd"));
        await CommitAsync(".claudemanage/formulas/bad.formula.toml", "formula = ");
        await town.PassAsync(TimeSpan.FromSeconds(16));
        Assert.Contains("a file is called as its formula is", await town.RefusedAsync("/molecules", new { formula = "odd", rigId = "repo" }, 422));
        await town.RefusedAsync("/molecules", new { formula = "bad", rigId = "repo" }, 422);
        Directory.Move(repository.Path, repository.Path + ".away");
        await town.PassAsync(TimeSpan.FromSeconds(16));
        Assert.Equal(["of its base", "from the rig"], await TitlesAsync("work", "repo"));
        Directory.Move(repository.Path + ".away", repository.Path);

        string Origin(string name) => listed.Single(f => f.Name == name).Origin;

        async Task<IEnumerable<string>> TitlesAsync(string name, string rig) => (await town.PostAsync<CookedFormula>($"/formulas/{name}/cook", new { rigId = rig })).Steps.Select(s => s.Title);

        async Task CommitAsync(string path, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(repository[path])!);
            await File.WriteAllTextAsync(repository[path], text, Town.Ct);
            await git.RunAsync(repository.Path, ["add", "."], Town.Ct);
            await git.RunAsync(repository.Path, ["commit", "--quiet", "-m", path], Town.Ct);
        }
    }

    [Fact]
    public async Task A_repository_that_was_never_read_stops_the_pour_and_says_why()
    {
        await using var town = await Town.StartAsync();
        using var repository = new ScratchDirectory("formulas");
        await town.Host.Services.GetRequiredService<GitRunner>().RunAsync(new GitCall(null, "init", "--quiet", "-b", "main", repository.Path), Town.Ct);
        await File.WriteAllTextAsync(repository["a"], "a", Town.Ct);
        var git = town.Host.Services.GetRequiredService<GitRunner>();
        await git.RunAsync(repository.Path, ["add", "."], Town.Ct);
        await git.RunAsync(repository.Path, ["commit", "--quiet", "-m", "a"], Town.Ct);
        await town.PostAsync<object>("/rigs", new { name = "repo", prefix = "rp", gitUrl = repository.Path, defaultBranch = "main" });
        Directory.Move(repository.Path, repository.Path + ".away");
        var refused = await town.RefusedAsync("/molecules", new { formula = "work", rigId = "repo", vars = new { task = "x" } }, 503);
        Directory.Move(repository.Path + ".away", repository.Path);
        Assert.Contains("repository-unreachable", refused);
        await town.PostAsync<MoleculeDetail>("/molecules", new { formula = "work", rigId = "repo", vars = new { task = "x" } });
    }

    [Fact]
    public async Task A_repository_that_is_slow_to_read_keeps_nobody_waiting_and_is_read_once_for_all()
    {
        await using var town = await Town.StartAsync();
        using var origin = new TcpListener(IPAddress.Loopback, 0);
        origin.Start();
        var formulas = town.Host.Services.GetRequiredService<RigFormulas>();
        var rig = new RigCopy { Id = "repo", GitUrl = $"https://127.0.0.1:{((IPEndPoint)origin.LocalEndpoint).Port}/x.git", DefaultBranch = "main" };
        var first = formulas.NamesAsync(rig, Town.Ct);
        using var reading = await origin.AcceptTcpClientAsync(Town.Ct);
        await RefusedAsync(first);
        // Who comes meanwhile joins the first.
        await RefusedAsync(formulas.NamesAsync(rig, Town.Ct));
        Assert.False(origin.Pending());
        // It ends, and its end is what the next one hears who asks.
        var next = formulas.NamesAsync(rig, Town.Ct);
        reading.Close();
        origin.Stop();
        Assert.Equal("repository-unreachable", (await Assert.ThrowsAsync<RefusalException>(() => next)).Refusal.Code);

        async Task RefusedAsync(Task asking)
        {
            town.Clock.Advance(RigFormulas.Patience);
            var refusal = (await Assert.ThrowsAsync<RefusalException>(() => asking)).Refusal;
            Assert.Equal((503, "repository-being-read", 5), (refusal.Status, refusal.Code, refusal.RetryAfterSeconds));
        }
    }

    [Fact]
    public async Task A_rig_from_before_repositories_were_kept_is_asked_for_at_the_start()
    {
        await using var town = await Town.StartAsync();
        using var repository = new ScratchDirectory("formulas");
        var git = town.Host.Services.GetRequiredService<GitRunner>();
        await git.RunAsync(new GitCall(null, "init", "--quiet", "-b", "main", repository.Path), Town.Ct);
        Directory.CreateDirectory(repository[".claudemanage/formulas"]);
        await File.WriteAllTextAsync(repository[".claudemanage/formulas/work.formula.toml"], Text("work", "from the rig"), Town.Ct);
        await git.RunAsync(repository.Path, ["add", "."], Town.Ct);
        await git.RunAsync(repository.Path, ["commit", "--quiet", "-m", "a"], Town.Ct);
        await town.PostAsync<object>("/rigs", new { name = "repo", prefix = "rp", gitUrl = repository.Path, defaultBranch = "main" });
        await town.Host.UseAsync<WorkflowDbContext, int>(db => db.Rigs.ExecuteUpdateAsync(r => r.SetProperty(x => x.GitUrl, (string?)null).SetProperty(x => x.DefaultBranch, (string?)null), Town.Ct));
        await town.RestartAsync();
        await Eventually.TrueAsync(() => town.Host.Probe.Of<TellRigs>().Count > 0, TimeSpan.FromSeconds(30), "it asks", Town.Ct);
        await town.IdleAsync();
        var cooked = await town.PostAsync<CookedFormula>("/formulas/work/cook", new { rigId = "repo" });
        Assert.Equal(["from the rig"], cooked.Steps.Select(s => s.Title));
    }

    static string Text(string name, string title) => $"formula = \"{name}\"\nsteps = [{{ id = \"a\", title = \"{title}\" }}]";
}
