using System.Diagnostics;
using ClaudeManage.Cli.Stack;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Stack;

/// <summary>Whoever is stopped beyond the end of its lease (SIGSTOP) and wakes up (SIGCONT) is refused; somebody else has done the work, once.</summary>
[Collection(OnTheStack.Name)]
public sealed class PausedWorkerTests(TestStack stack) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    readonly TestRepository _repository = new("paused");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_that_slept_past_its_lease_is_refused()
    {
        TestStack.Require();
        var client = await stack.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig("paused", "pa", Settings: new RigSettings(ClaimLeaseSeconds: 10))).SendAsync(Ct);
        var item = await SlungAsync(client, "paused");
        var token = await Eventually.ResultAsync(async () => (await client.CreateToken(new CreateToken("paused/crew/late", "agent")).SendAsync(Ct)).Token, Patience, "a token", Ct);
        using var worker = Worker(token, item);
        await Eventually.TrueAsync(() => File.Exists(_repository.Scratch["claimed"]), Patience, "the worker has claimed", Ct);
        ClaimResult second;
        await using (await Freeze.OfAsync(-worker.Id))
        {
            second = await Eventually.ResultAsync(async () => await client.Claim("paused/pool").SendAsync(Ct), Patience, "the lease runs out and the next one is given", Ct);
            Assert.Equal((item, 2), (second.WorkItem.Id, second.Lease.Fence));
            await client.Done(item, new DoneRequest(second.Lease.Token, CompletionOutcome.Completed, "did it")).SendAsync(Ct);
        }
        await File.WriteAllTextAsync(_repository.Scratch["go"], "", Ct);
        var says = await worker.StandardOutput.ReadToEndAsync(Ct);
        await worker.WaitForExitAsync(Ct);
        Assert.Equal(Cli.ExitCodes.Conflict, worker.ExitCode);
        Assert.Contains($"This token is not the one of {item}'s live lease", says);
        await CompletedOnceAsync(client, item);
    }

    [Fact]
    public async Task A_node_that_slept_while_its_agent_worked_is_refused_and_the_other_nodes_commit_is_the_only_one()
    {
        TestStack.Require();
        await _repository.CreateAsync("test -s a.txt", $"if [ \"$CM_ATTEMPT\" -eq 1 ]; then while [ ! -f '{_repository.Scratch["go"]}' ]; do sleep 0.1; done; fi\necho \"attempt $CM_ATTEMPT\" > a.txt\ngit add -A\ngit commit -q -m 'Add a'\ntouch '{_repository.Scratch["did-"]}'$CM_ATTEMPT");
        var client = await stack.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig("frozen", "fr", _repository.Origin, Settings: new RigSettings(RuntimeOptions: new RuntimeOptions([_repository.Agent]),
            Merge: new MergeSettings(Gates: [new GateDefinition("files", ["sh", "gate.sh"], 60)]), LeaseSeconds: 10))).SendAsync(Ct);
        var item = await SlungAsync(client, "frozen");
        var first = await Eventually.ResultAsync(async () => (await client.Sessions(live: true).SendAsync(Ct)).Items.SingleOrDefault(s => s is { State: SessionState.Running, RigId: "frozen" }), Patience, "an agent runs", Ct);
        await using (await Freeze.OfAsync(stack.Processes.Single(p => p.Name == first.NodeId).Running()!.Value.Pid))
        {
            await File.WriteAllTextAsync(_repository.Scratch["go"], "", Ct);
            await Eventually.TrueAsync(() => File.Exists(_repository.Scratch["did-1"]), Patience, "its agent has committed all the same", Ct);
            await Eventually.TrueAsync(async () => await OutcomeAsync(client, item) is { Kind: OutcomeKind.Merged }, Patience, "the other node's agent does it and it lands", Ct);
        }
        var ended = await Eventually.ResultAsync(async () => await client.Session(first.Id).SendAsync(Ct) is { EndedAt: not null } over ? over : null, Patience, "the node ends its session", Ct);

        Assert.Equal(1, ended.Fence);
        Assert.Equal(2, (await OutcomeAsync(client, item))!.Fence);
        Assert.Single(await _repository.LandedAsync(), l => l.EndsWith(item, StringComparison.Ordinal));
        Assert.Equal("attempt 2", await _repository.GitAsync("show", "main:a.txt"));
        await Eventually.TrueAsync(() => ProcessGroup.FindByMark(ProcessMark.SessionVariable, first.Id.ToString()).Count == 0, Patience, "nothing of it is left", Ct);
        await CompletedOnceAsync(client, item);
    }

    async Task<string> SlungAsync(TownClient client, string rig)
    {
        var item = await client.CreateWorkItem(new CreateWorkItem(rig, "Add a")).SendAsync(Ct);
        await Eventually.ResultAsync(async () => await client.Sling($"{rig}/pool", new SlingRequest(item.Id)).SendAsync(Ct), Patience, "Hook has heard of the rig", Ct);
        return item.Id;
    }

    static async Task<WorkItemOutcome?> OutcomeAsync(TownClient client, string item) => (await client.Call<WorkItemDetail>(HttpMethod.Get, $"work-items/{item}").SendAsync(Ct)).Outcome;

    /// <summary>The trail knows one completion, under the second lease; and nothing is wrong with it.</summary>
    static async Task CompletedOnceAsync(TownClient client, string item)
    {
        var trail = await Eventually.ResultAsync(async () =>
        {
            var all = (await client.Events(query: new EventQuery(WorkItem: item), limit: 500).SendAsync(Ct)).Items;
            return all.Any(e => e.EventType == "work-item.closed") ? all : null;
        }, Patience, "the trail has the end", Ct);
        foreach (var type in new[] { "assignment.completed", "work-item.closed", "lease.expired" }) Assert.Single(trail, e => e.EventType == type);
        Assert.Equal(2, trail.Count(e => e.EventType == "lease.granted"));
        Assert.True((await client.Call<TrailVerification>(HttpMethod.Get, "events/verify").SendAsync(Ct)).Ok);
    }

    /// <summary>Claims, waits until it is told that it is done, and says so; a process group of its own.</summary>
    Process Worker(string token, string item)
    {
        const string script = """
            set -u
            cd "$1"; item=$2; shift 2
            "$@" claim paused/pool --json > claim.json || exit 1
            touch claimed
            while [ ! -f go ]; do sleep 0.1; done
            "$@" done "$item" --lease "$(sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' claim.json | head -n 1)" --summary "finished, I think" 2>&1
            """;
        var start = new ProcessStartInfo("setsid", ["sh", "-c", script.ReplaceLineEndings("\n"), "worker", _repository.Scratch.Path, item, TownProcess.Dotnet, Path.Combine(AppContext.BaseDirectory, "cm.dll")]) { RedirectStandardOutput = true };
        foreach (var (name, value) in new[] { ("CM_URL", stack.Url.ToString()), ("CM_TOKEN", token), ("CM_AGENT", "paused/crew/late") }) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <inheritdoc />
    public void Dispose() => _repository.Dispose();
}
