using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Chaos;

/// <summary>The clients of a run: one that hands in work all the time, and workers that do it, some of them too slowly.</summary>
sealed class ChaosLoad(IRunningTown town, ChaosPlan plan, History history)
{
    /// <summary>So much waits at most, so that work is created until shortly before the end.</summary>
    const int Backlog = 40;

    /// <summary>Items nobody can do, over the whole run.</summary>
    const int Failures = 12;

    readonly string _pool = $"{plan.Rig}/pool";
    readonly Persistent _overseer = new(town);
    readonly List<Persistent> _workers = [];
    Persistent _hopeless = null!;
    int _asleep;

    /// <summary>
    /// A worker oversleeps the lease of its fourth item, and of every twelfth after that: with more than three items a worker, somebody does,
    /// however they are shared out.
    /// </summary>
    static bool Oversleeps(int taken) => taken % 12 == 4;

    /// <summary>Every item was acknowledged as done, whoever overslept has said so, and somebody has failed.</summary>
    public bool IsThrough => history.Done.Count == plan.Items && Volatile.Read(ref _asleep) == 0 && history.Failed > 0;

    /// <summary>Requests that got no answer.</summary>
    public int Breaks => _overseer.Breaks + _workers.Sum(w => w.Breaks);

    /// <summary>The rig and the workers' tokens.</summary>
    public async Task PrepareAsync(CancellationToken ct)
    {
        var client = await town.OverseerAsync(ct);
        // Items of this rig are never done: their first failure exhausts them.
        await client.CreateRig(new CreateRig(Hopeless, plan.Prefix + "x", Settings: new Contracts.Work.RigSettings(ClaimLeaseSeconds: 2, MaxAttempts: 1))).SendAsync(ct);
        await client.CreateRig(new CreateRig(plan.Rig, plan.Prefix, Settings: new Contracts.Work.RigSettings(ClaimLeaseSeconds: 2, MaxAttempts: 20))).SendAsync(ct);
        for (var i = 0; i < ChaosPlan.Workers; i++)
        {
            var agent = new CreateAgent(Name(i));
            await Eventually.ResultAsync(async () => await client.CreateAgent(agent).SendAsync(ct), plan.Longest, "Hook has heard of the rig", ct);
            _workers.Add(new Persistent(town, (await client.CreateToken(new CreateToken(Name(i), "agent")).SendAsync(ct)).Token));
        }
        _hopeless = new Persistent(town, (await client.CreateToken(new CreateToken($"{Hopeless}/crew/h", "agent")).SendAsync(ct)).Token);
    }

    string Hopeless => plan.Rig + "-hopeless";

    /// <summary>Slings an item and fails at it, again and again: an effect that somebody counts.</summary>
    public async Task FailAsync(CancellationToken over)
    {
        for (var n = 0; !over.IsCancellationRequested; n++)
        {
            try
            {
                var item = (await _overseer.SendAsync(t => t.CreateWorkItems([new CreateWorkItem(Hopeless, $"hopeless {n}")]).Once($"{Hopeless}-create-{n}"), over)).Items[0].Id;
                await SlingAsync($"{Hopeless}-sling-{n}", $"{Hopeless}/pool", [item], over);
                if (await _hopeless.SendAsync(t => t.Claim($"{Hopeless}/pool", TimeSpan.FromSeconds(5)), over) is not { } claim) continue;
                await _hopeless.SendAsync(t => t.Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Failed, Reason: "hopeless")), over);
                history.Failed++;
            }
            // The answer to a claim died with the town: that lease runs out by itself, which exhausts the item as well.
            catch (TownProblemException e) when (e.Code is "lease-held" or "lease-lost") { }
            catch (OperationCanceledException) when (over.IsCancellationRequested) { return; }
            await Eventually.TrueAsync(() => over.IsCancellationRequested || history.Failed == 0 || history.Done.Count >= n * plan.Items / Failures, plan.Longest, "the others go on", CancellationToken.None);
        }
    }

    string Name(int worker) => $"{plan.Rig}/crew/w{worker}";

    /// <summary>Hands in batches until all is handed in: with ids of its own or with the town's, always repeatable under a key.</summary>
    public async Task CreateAsync(CancellationToken ct)
    {
        for (var first = 0; first < plan.Items; first += ChaosPlan.Batch)
        {
            await Eventually.TrueAsync(() => first - history.Done.Count < Backlog, plan.Longest, "the workers keep up", ct);
            var ours = first / ChaosPlan.Batch % 2 == 0;
            var batch = Enumerable.Range(first, Math.Min(ChaosPlan.Batch, plan.Items - first))
                .Select(n => new CreateWorkItem(plan.Rig, $"item {n}", Id: ours ? $"{plan.Prefix}-c{n:00000}" : null)).ToList();
            var made = (await _overseer.SendAsync(t => t.CreateWorkItems(batch).Once($"{plan.Rig}-create-{first}"), ct)).Items;
            foreach (var item in made) history.Creations.Enqueue(new Created(item.Id, item.Title));
            await SlingAsync($"{plan.Rig}-sling-{first}", _pool, [.. made.Select(i => i.Id)], ct);
        }
    }

    /// <summary>Hook may hear of an item a moment after it was acknowledged: while the town starts, later than a sling waits.</summary>
    Task SlingAsync(string key, string hook, IReadOnlyList<string> items, CancellationToken ct) => Eventually.TrueAsync(async () =>
    {
        await _overseer.SendAsync(t => t.SlingMany(hook, new SlingRequest(WorkItemIds: items)).Once(key), ct);
        return true;
    }, plan.Longest, $"{key} is accepted", ct);

    /// <summary>All workers, until <paramref name="over"/>.</summary>
    public Task WorkAsync(CancellationToken over) => Task.WhenAll(_workers.Select((worker, i) => WorkAsync(worker, Name(i), new Random(plan.Seed + i + 1), over)));

    async Task WorkAsync(Persistent worker, string name, Random random, CancellationToken over)
    {
        var taken = 0;
        while (!over.IsCancellationRequested)
        {
            try
            {
                var asked = history.Now();
                if (await ClaimAsync(worker, name, over) is not { } claim) continue;
                history.Grants.Enqueue(new Granted(claim.WorkItem.Id, claim.Lease.Fence, name, asked, history.Now()));
                if (Oversleeps(++taken)) await OversleepAsync(worker, name, claim, over);
                else await FinishAsync(worker, name, claim, renew: random.Next(3) == 0, repeat: random.Next(8) == 0, over);
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested) { return; }
        }
    }

    async Task<ClaimResult?> ClaimAsync(Persistent worker, string name, CancellationToken ct)
    {
        try
        {
            return await worker.SendAsync(t => t.Claim(_pool, TimeSpan.FromSeconds(5)), ct);
        }
        catch (TownProblemException e) when (e.Code == "lease-held")
        {
            // The answer to an earlier claim died with the town, and its token with it: that lease must run out by itself.
            await GoneAsync(worker, Guid.Parse(e.Text("assignmentId")!), long.Parse(e.Text("fence")!, System.Globalization.CultureInfo.InvariantCulture), $"{name}'s unheard lease", ct);
            return null;
        }
    }

    async Task FinishAsync(Persistent worker, string name, ClaimResult claim, bool renew, bool repeat, CancellationToken ct)
    {
        if (renew && !await RenewAsync(worker, claim, ct)) return;
        var first = await DoneAsync(worker, name, claim, knownStale: false, ct);
        if (!first.Accepted || !repeat) return;
        var again = await DoneAsync(worker, name, claim, knownStale: false, ct);
        Assert.True(again is { Accepted: true, Replayed: true }, $"{claim.WorkItem.Id} was accepted, and the same again was answered {again}");
    }

    async Task OversleepAsync(Persistent worker, string name, ClaimResult claim, CancellationToken ct)
    {
        Interlocked.Increment(ref _asleep);
        try
        {
            await GoneAsync(worker, claim.Assignment.Id, claim.Lease.Fence, $"{name}'s lease of {claim.WorkItem.Id}", ct);
            await DoneAsync(worker, name, claim, knownStale: true, ct);
        }
        finally { Interlocked.Decrement(ref _asleep); }
    }

    static async Task<bool> RenewAsync(Persistent worker, ClaimResult claim, CancellationToken ct)
    {
        try
        {
            await worker.SendAsync(t => t.Renew(claim.Lease.Token), ct);
            return true;
        }
        catch (TownProblemException e) when (e.Code == "lease-lost") { return false; }
    }

    async Task<Finished> DoneAsync(Persistent worker, string name, ClaimResult claim, bool knownStale, CancellationToken ct)
    {
        var asked = history.Now();
        DoneResult? answer = null;
        try
        {
            answer = await worker.SendAsync(t => t.Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed, "did it")), ct);
        }
        catch (TownProblemException e) when (e is { Status: 409, Code: "lease-lost" }) { }
        var finished = new Finished(claim.WorkItem.Id, claim.Lease.Fence, name, asked, history.Now(), knownStale, answer?.Fence, answer?.Replayed ?? false);
        history.Add(finished);
        return finished;
    }

    Task GoneAsync(Persistent worker, Guid assignment, long fence, string what, CancellationToken ct) => Eventually.TrueAsync(async () =>
    {
        var seen = await worker.SendAsync(t => t.Assignment(assignment), ct);
        return seen.State != AssignmentState.Leased || seen.Fence != fence;
    }, plan.Longest, $"{what} runs out", ct);
}
