using ClaudeManage.Client;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>One change in two rigs that land together: the second refuses, the first is taken back; then that is put right, and both have it.</summary>
public class TogetherJourney
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    const string Agent = """
        name=$(sed -n 's/^recipe: //p' "$CM_PROMPT_FILE" | head -n 1)
        echo "$name" > "$name.txt"
        git add -A
        git commit -q -m "Add $name"
        """;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refused_in_one_rig_it_lands_in_none_and_resumed_it_lands_in_both()
    {
        using var scratch = new ScratchDirectory("journey-together");
        using var pay = new TestRepository("together-pay");
        using var shop = new TestRepository("together-shop");
        await pay.CreateAsync("true", Agent);
        await shop.CreateAsync("true", Agent);
        var hook = Path.Combine(shop.Origin, "hooks", "pre-receive");
        Directory.CreateDirectory(Path.GetDirectoryName(hook)!);
        await File.WriteAllTextAsync(hook, "#!/bin/sh\nwhile read old new ref; do if [ \"$ref\" = refs/heads/main ]; then echo 'main is frozen' >&2; exit 1; fi; done\n", Ct);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var town = await TownProcess.StartAsync(scratch["town"], Ct, new Dictionary<string, string> { ["Supervisor:HeartbeatSeconds"] = "1" });
        var client = await town.OverseerAsync(Ct);
        foreach (var (rig, prefix, repository) in (IEnumerable<(string, string, TestRepository)>)[("pay", "pa", pay), ("shop", "sh", shop)])
            await client.CreateRig(new CreateRig(rig, prefix, repository.Origin, Settings: new RigSettings(MaxWorkers: 1, RuntimeOptions: new RuntimeOptions([repository.Agent]),
                Merge: new MergeSettings(Gates: [new GateDefinition("files", ["sh", "gate.sh"], 60)])))).SendAsync(Ct);
        var items = (await client.CreateWorkItems([new CreateWorkItem("pay", "Add a", "recipe: a"), new CreateWorkItem("shop", "Add b", "recipe: b")]).SendAsync(Ct)).Items;
        var convoy = await client.CreateConvoy(new CreateConvoyRequest("Both", [.. items.Select(i => i.Id)], Dispatch: ConvoyDispatch.Auto, Launch: true, Force: true, Atomic: true)).SendAsync(Ct);

        var stranded = await Eventually.ResultAsync(async () => (await client.Convoy(convoy.Id).SendAsync(Ct)).Stranded, Patience, "the landing fails", Ct);
        Assert.Equal("landing-failed", stranded.Code);
        Assert.Contains("main is frozen", stranded.Reason);
        Assert.Equal((3, 1), ((await pay.LandedAsync()).Count, (await shop.LandedAsync()).Count));
        Assert.DoesNotContain("a.txt", await pay.GitAsync("ls-tree", "--name-only", "main"));
        Assert.Single((await client.Events(query: new EventQuery(Convoy: convoy.Id, Type: "landing.undone"), limit: 10).SendAsync(Ct)).Items);

        File.Delete(hook);
        await client.ResumeConvoy(convoy.Id).SendAsync(Ct);
        await Eventually.TrueAsync(async () => (await client.Convoy(convoy.Id).SendAsync(Ct)).State == ConvoyState.Landed, Patience, "the convoy lands", Ct, () => WholeTrail.TellAsync(client, "pay", Ct));
        Assert.Equal(("a", "b"), ((await pay.GitAsync("show", "main:a.txt")).Trim(), (await shop.GitAsync("show", "main:b.txt")).Trim()));
        foreach (var item in items)
            Assert.Equal(OutcomeKind.Merged, (await client.Call<WorkItemDetail>(HttpMethod.Get, $"work-items/{item.Id}").SendAsync(Ct)).Outcome?.Kind);
        Assert.True((await client.Call<TrailVerification>(HttpMethod.Get, "events/verify").SendAsync(Ct)).Ok);
        Assert.Equal(0, await town.StopAsync());
    }
}
