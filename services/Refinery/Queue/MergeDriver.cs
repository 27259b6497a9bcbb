using System.Collections.Concurrent;
using System.Diagnostics;
using ClaudeManage.Git;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Together;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Queue;

/// <summary>
/// Carries out what the planner says, over rows only: killed anywhere, the next start sees the same rows and goes on.
/// Sleeps until a row changes or something is due.
/// </summary>
sealed class MergeDriver(
    QueueReader reader, QueueClaims claims, QueueSignal signal, BuildStep build, GateStep gates, LandStep land, JudgeStep judge, JointSteps joint, RoleBeats beats, IServiceScopeFactory scopes,
    TimeProvider clock, IOptions<RefineryOptions> options, ILogger<MergeDriver> log) : BackgroundService
{
    static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, Job> _jobs = new();
    readonly ConcurrentDictionary<string, Claim> _claims = new();
    readonly ConcurrentDictionary<string, DateTimeOffset> _resting = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var news = signal.Next;
            var wait = Rest;
            try { wait = await RoundAsync(stoppingToken); }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { break; }
            catch (Exception e) { log.LogError(e, "The merge queues could not be looked at; trying again in {Seconds} s.", Rest.TotalSeconds); }
            beats.Beat("refinery", "refinery", wait);
            try { await Wakeup.WaitAsync(news, wait, clock, stoppingToken); }
            catch (OperationCanceledException) { break; }
        }
        await Task.WhenAll(_jobs.Values.Select(j => j.Work));
        try { await claims.ReleaseAsync(CancellationToken.None); }
        catch (Exception e) { log.LogWarning(e, "The claims on merge queues could not be given back; they lapse by themselves."); }
    }

    /// <summary>Looks, plans, begins what is to be done. Answers how long nothing can change by itself.</summary>
    async Task<TimeSpan> RoundAsync(CancellationToken ct)
    {
        var now = clock.Now();
        foreach (var (rigId, until) in _resting)
            if (until <= now) _resting.TryRemove(rigId, out _);
        var view = await reader.ReadAsync(_jobs, _resting, ct);
        foreach (var job in _jobs.Values.Where(j => j.Step is RunGate && !view.StillWanted(j))) job.Cancel();
        var mine = new Dictionary<string, Claim>();
        var live = view.Rigs.Where(r => r.Requests.Count > 0 && (!r.Held || r.RetryAt is not null || r.Part is { Urgent: true })).ToList();
        foreach (var rig in live) mine[rig.Id] = await ClaimAsync(rig.Id, now, ct);
        var held = live.Where(r => mine[r.Id].Fence is not null).ToList();
        var limits = new PlanLimits(options.Value.MaxConcurrentGates, TimeSpan.FromMinutes(options.Value.AgeingMinutes));
        foreach (var step in Planner.Plan(held, limits, now)) Begin(step, view.Requests[step.RequestId], mine[step.RigId].Fence!.Value, ct);

        var dues = _resting.Values.Concat(mine.Values.Select(RenewAt)).ToList();
        if (Planner.NextDue(held, now) is { } due) dues.Add(due);
        if (dues.Count == 0) return Longest;
        var wait = dues.Min() - clock.Now();
        return wait < TimeSpan.FromMilliseconds(10) ? TimeSpan.FromMilliseconds(10) : wait > Longest ? Longest : wait;
    }

    async Task<Claim> ClaimAsync(string rigId, DateTimeOffset now, CancellationToken ct)
    {
        if (!_claims.TryGetValue(rigId, out var claim) || now >= RenewAt(claim)) _claims[rigId] = claim = await claims.TakeAsync(rigId, ct);
        return claim;
    }

    // Half-way for what is ours; at its end for what another replica has.
    DateTimeOffset RenewAt(Claim claim) => claim.Fence is null ? claim.Until : claim.Until - TimeSpan.FromSeconds(options.Value.LeaseSeconds / 2.0);

    void Begin(Step step, RequestView about, long fence, CancellationToken ct)
    {
        var order = new StepOrder(step.RigId, step.RequestId, about.Round, fence);
        var job = new Job(step, about, CancellationTokenSource.CreateLinkedTokenSource(ct));
        _jobs[step.RigId] = job;
        job.Work = Task.Run(() => CarryOutAsync(job, order, ct), CancellationToken.None);
    }

    async Task CarryOutAsync(Job job, StepOrder order, CancellationToken stopping)
    {
        using var scope = log.BeginScope(new LogScope(QueueHolds.Driver.Actor, job.About.WorkItemId));
        using var span = RefineryTelemetry.Start(job.Step, job.About);
        try
        {
            var ct = job.Cancelled;
            await (job.Step switch
            {
                BuildCandidate candidate => build.RunAsync(order, candidate.On, ct),
                RunGate gate => gates.RunAsync(order, gate.Gate, gate.OnTarget, ct),
                Land => land.RunAsync(order, ct),
                Refuse refuse => judge.RefuseAsync(order, refuse.Gate, ct),
                StopRed red => judge.StopRedAsync(order, red.Gate, ct),
                ProbeTarget => judge.ProbeAsync(order, ct),
                _ => joint.RunAsync(job.Step, order, ct),
            });
        }
        catch (OperationCanceledException) { }
        catch (StepOutdatedException) { _claims.TryRemove(order.RigId, out _); }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException) { await TroubleAsync(order, e, stopping); }
        catch (Exception e)
        {
            log.LogError(e, "{Step} failed unexpectedly; the queue of {Rig} rests for {Seconds} s.", job.Step, order.RigId, Rest.TotalSeconds);
            _resting[order.RigId] = clock.Now() + Rest;
        }
        finally
        {
            _jobs.TryRemove(order.RigId, out _);
            job.Dispose();
            signal.Pulse();
        }
    }

    async Task TroubleAsync(StepOrder order, Exception trouble, CancellationToken ct)
    {
        Activity.Current?.SetStatus(ActivityStatusCode.Error, trouble.Message);
        log.LogWarning("The merge queue of {Rig} waits: {Why}", order.RigId, trouble.Message);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
            await db.TransactAsync(token => scope.ServiceProvider.GetRequiredService<QueueHolds>().TroubleAsync(order.RigId, HoldKind.Origin, trouble.Message, order.RequestId, token), ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(e, "That could not be written down; the queue rests for {Seconds} s.", Rest.TotalSeconds);
            _resting[order.RigId] = clock.Now() + Rest;
        }
        catch (OperationCanceledException) { }
    }
}

/// <summary>A step that is being carried out.</summary>
sealed class Job(Step step, RequestView about, CancellationTokenSource cancel) : IDisposable
{
    public Step Step => step;
    public RequestView About => about;
    public int Round => about.Round;
    public CancellationToken Cancelled { get; } = cancel.Token;
    public Task Work { get; set; } = Task.CompletedTask;

    public void Cancel()
    {
        try { cancel.Cancel(); }
        catch (ObjectDisposedException) { /* it ended by itself */ }
    }

    public void Dispose() => cancel.Dispose();
}
