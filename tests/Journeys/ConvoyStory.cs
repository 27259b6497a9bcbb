using ClaudeManage.Client;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>Three items, two agents at once; an agent dies, then the town; the convoy still lands.</summary>
sealed class ConvoyStory : IDisposable
{
    // Longer than the town is away on any machine: what happens to leases that run out is not this story.
    const int LeaseSeconds = 300;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    readonly TestRepository _repository = new("journey");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Plays it on a rig of that name; returns every session there was.</summary>
    public async Task<IReadOnlyList<SessionSnapshot>> PlayAsync(IRunningTown town, string rig, string prefix)
    {
        await RepositoryAsync();
        var client = await town.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig(rig, prefix, _repository.Origin, Settings: new RigSettings(MaxWorkers: 2, RuntimeOptions: new RuntimeOptions([_repository.Agent]),
            Merge: new MergeSettings(Gates: [new GateDefinition("files", ["sh", "gate.sh"], 60)]), LeaseSeconds: LeaseSeconds))).SendAsync(Ct);
        var items = (await client.CreateWorkItems([.. new[] { "a", "b", "c" }.Select(n => new CreateWorkItem(rig, $"Add {n}", $"recipe: {n}"))]).SendAsync(Ct)).Items;
        var convoy = await client.CreateConvoy(new CreateConvoyRequest("Three files", [.. items.Select(i => i.Id)])).SendAsync(Ct);
        foreach (var item in items)
            await Eventually.ResultAsync(async () => await client.Sling($"{rig}/pool", new SlingRequest(item.Id, ConvoyId: convoy.Id)).SendAsync(Ct), Patience, "Hook has heard of the rig", Ct);

        var running = await Eventually.ResultAsync(async () => await RunningAsync(client, rig) is { Count: 2 } two ? two : null, Patience, "two agents run at once", Ct);
        await File.WriteAllTextAsync(_repository.Scratch["go-" + NameOf(items, Other(items, running))], "", Ct);
        var (dies, stays) = (running[0], running[1]);
        Signals.Send(dies.Pid!.Value, Signal.Kill);
        await Eventually.TrueAsync(async () => (await client.Session(dies.Id).SendAsync(Ct)).EndedAt is not null, Patience, "the town sees that the agent is dead", Ct);

        await town.KillAsync();
        Assert.NotEmpty(ProcessGroup.FindByMark(ProcessMark.SessionVariable, stays.Id.ToString()));
        await town.StartAsync(Ct);
        client = await town.OverseerAsync(Ct);
        await File.WriteAllTextAsync(_repository.Scratch["go-" + NameOf(items, stays.WorkItemId!)], "", Ct);

        await Eventually.TrueAsync(async () => (await client.Convoy(convoy.Id).SendAsync(Ct)).State == ConvoyState.Landed, Patience, "the convoy lands", Ct, () => WholeTrail.TellAsync(client, rig, Ct));
        await CheckAsync(client, items, convoy.Id);
        var sessions = (await client.Sessions(rig: rig, limit: 100).SendAsync(Ct)).Items;
        Assert.True(sessions.Count(s => s.WorkItemId == dies.WorkItemId) >= 2, "the item whose agent died was done by another session");
        Assert.Equal(stays.Id, Assert.Single(sessions, s => s.WorkItemId == stays.WorkItemId).Id);
        return sessions;
    }

    static async Task<IReadOnlyList<SessionSnapshot>> RunningAsync(TownClient client, string rig) =>
        [.. (await client.Sessions(rig: rig, live: true).SendAsync(Ct)).Items.Where(s => s is { State: SessionState.Running, Pid: not null })];

    static string Other(IReadOnlyList<WorkItemSnapshot> items, IReadOnlyList<SessionSnapshot> running) => items.Single(i => running.All(s => s.WorkItemId != i.Id)).Id;

    static string NameOf(IReadOnlyList<WorkItemSnapshot> items, string id) => items.Single(i => i.Id == id).Title["Add ".Length..];

    async Task CheckAsync(TownClient client, IReadOnlyList<WorkItemSnapshot> items, string convoy)
    {
        var landed = await _repository.LandedAsync();
        Assert.Equal(items.Count + 1, landed.Count);
        foreach (var item in items)
        {
            var now = await client.Call<WorkItemDetail>(HttpMethod.Get, $"work-items/{item.Id}").SendAsync(Ct);
            Assert.Equal((WorkItemState.Closed, OutcomeKind.Merged), (now.State, now.Outcome?.Kind));
            Assert.Single(landed, l => l == $"{now.Outcome!.MergedCommit} {item.Id}");
            Assert.Equal(NameOf(items, item.Id), (await _repository.GitAsync("show", $"main:{NameOf(items, item.Id)}.txt")).Trim());
        }
        var trail = (await client.Events(query: new EventQuery(Convoy: convoy, Type: "convoy.landed"), limit: 500).SendAsync(Ct)).Items;
        Assert.Single(trail);
        Assert.True((await client.Call<TrailVerification>(HttpMethod.Get, "events/verify").SendAsync(Ct)).Ok);
        Assert.Empty((await client.Call<ReplayResult>(HttpMethod.Post, "runtime/replay").SendAsync(Ct)).Differences);
    }

    /// <summary>An agent that at its first attempt waits until it is told to go on.</summary>
    Task RepositoryAsync() => _repository.CreateAsync("for f in *.txt; do [ \"$(cat \"$f\")\" = \"${f%.txt}\" ] || exit 1; done", $$"""
        name=$(sed -n 's/^recipe: //p' "$CM_PROMPT_FILE" | head -n 1)
        if [ "$CM_ATTEMPT" -eq 1 ]; then
          while [ ! -f "{{_repository.Scratch.Path}}/go-$name" ]; do sleep 0.1; done
        fi
        echo "$name" > "$name.txt"
        git add -A
        git commit -q -m "Add $name"
        """);

    /// <inheritdoc />
    public void Dispose() => _repository.Dispose();
}
