using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>A rig whose agents leave their work half done and are deaf to every polite signal, until they are told to finish it.</summary>
sealed class DeafRig(string name, string prefix) : IDisposable
{
    /// <summary>For whatever nothing is promised about.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    /// <summary>How long an emergency stop may take.</summary>
    public static readonly TimeSpan Promise = TimeSpan.FromSeconds(10);

    readonly TestRepository _repository = new(name);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async Task CreateAsync(TownClient client, int workers)
    {
        await _repository.CreateAsync("exit 0", $"""
            trap '' INT TERM HUP
            echo half > "$CM_WORK_ITEM.txt"
            while [ ! -f "{_repository.Scratch.Path}/go" ]; do sleep 0.1; done
            git add -A
            git commit -q -m "Add it"
            """);
        await client.CreateRig(new CreateRig(name, prefix, _repository.Origin, Settings: new RigSettings(MaxWorkers: workers, RuntimeOptions: new RuntimeOptions([_repository.Agent]),
            Merge: new MergeSettings(Gates: [new GateDefinition("nothing", ["sh", "gate.sh"], 60)])))).SendAsync(Ct);
    }

    /// <summary>Its agents finish, those that run and those that come.</summary>
    public Task LetGoAsync() => File.WriteAllTextAsync(_repository.Scratch["go"], "", Ct);

    /// <summary>Items of a convoy of their own, on a hook.</summary>
    public async Task<IReadOnlyList<(string Item, Guid Assignment)>> WorkAsync(TownClient client, int count, string? hook = null)
    {
        var items = (await client.CreateWorkItems([.. Enumerable.Range(1, count).Select(n => new CreateWorkItem(name, $"Item {n}"))]).SendAsync(Ct)).Items;
        var convoy = await client.CreateConvoy(new CreateConvoyRequest("Some", [.. items.Select(i => i.Id)])).SendAsync(Ct);
        var work = new List<(string, Guid)>();
        foreach (var item in items)
        {
            var slung = await Eventually.ResultAsync(async () => await client.Sling(hook ?? $"{name}/pool", new SlingRequest(item.Id, ConvoyId: convoy.Id)).SendAsync(Ct), Patience, "Hook has heard of the rig", Ct);
            work.Add((item.Id, slung.AssignmentId));
        }
        return work;
    }

    /// <summary>So many agents that have begun their work.</summary>
    public Task<IReadOnlyList<SessionSnapshot>> RunningAsync(TownClient client, int count) => Eventually.ResultAsync(async () =>
    {
        IReadOnlyList<SessionSnapshot> running = [.. (await client.Sessions(rig: name, live: true).SendAsync(Ct)).Items.Where(s => s is { State: SessionState.Running, Pid: not null } && HasBegun(s))];
        return running.Count == count ? running : null;
    }, Patience, $"{count} agents run", Ct);

    static bool HasBegun(SessionSnapshot session) => session.Worktree is { } worktree && File.Exists(Path.Combine(worktree, session.WorkItemId + ".txt"));

    /// <summary>Those whose processes live.</summary>
    public static int Alive(IEnumerable<SessionSnapshot> sessions) => sessions.Count(s => ProcessGroup.FindByMark(ProcessMark.SessionVariable, s.Id.ToString()).Count > 0);

    public static async Task LandedAsync(TownClient client, string id)
    {
        var item = await Eventually.ResultAsync(async () => await client.WorkItem(id).SendAsync(Ct) is { State: WorkItemState.Closed } closed ? closed : null, Patience, $"{id} lands", Ct);
        Assert.Equal(OutcomeKind.Merged, item.Outcome?.Kind);
    }

    /// <summary>All of it lands, and the stop cost nobody an attempt.</summary>
    public static async Task LandedAtFirstAsync(TownClient client, IEnumerable<(string Item, Guid Assignment)> work)
    {
        foreach (var (item, assignment) in work)
        {
            await LandedAsync(client, item);
            Assert.Equal(1, (await client.Assignment(assignment).SendAsync(Ct)).Attempt);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _repository.Dispose();
}
