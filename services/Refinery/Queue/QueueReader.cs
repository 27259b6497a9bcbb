using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Queue;

/// <summary>What the driver knows of a request besides the planner's picture.</summary>
sealed record RequestView(int Round, MergeRequestState State, string? WorkItemId, long Fence, string? TraceParent);

/// <summary>All rigs as the planner sees them, with what it does not need to know.</summary>
sealed record QueueView(IReadOnlyList<RigPicture> Rigs, IReadOnlyDictionary<string, RequestView> Requests)
{
    /// <summary>Whether a running gate still decides anything.</summary>
    public bool StillWanted(Job job) => Requests.TryGetValue(job.Step.RequestId, out var r) && r.Round == job.Round && r.State is MergeRequestState.Batched or MergeRequestState.Gating;
}

/// <summary>Makes the planner's picture out of rows and of what is running.</summary>
sealed class QueueReader(IServiceScopeFactory scopes, TimeProvider clock)
{
    public async Task<QueueView> ReadAsync(IReadOnlyDictionary<string, Job> jobs, IReadOnlyDictionary<string, DateTimeOffset> resting, CancellationToken ct)
    {
        // Taken before the rows are read: a step that ends meanwhile is seen as running, and its end plans again.
        var running = jobs.ToDictionary(j => j.Key, j => j.Value.Step);
        var now = clock.Now();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        var open = (await db.Requests.AsNoTracking().Where(r => r.EndedAt == null).ToListAsync(ct)).ToLookup(r => r.RigId);
        if (open.Count == 0) return new([], new Dictionary<string, RequestView>());
        var rigIds = open.Select(r => r.Key).ToList();
        var duties = await DutiesAsync(db, ct);
        // What has half landed does not wait for a dock.
        var urgent = duties.Where(d => d.Value.Duty is PartDuty.Move or PartDuty.Restore).Select(d => d.Key).ToList();
        var rigs = await db.Rigs.AsNoTracking().Where(r => rigIds.Contains(r.Id) && (r.State != RigState.Docked || urgent.Contains(r.Id))).ToListAsync(ct);
        var proved = open.SelectMany(g => g).Where(r => r.State == MergeRequestState.Proved).Select(r => r.WorkItemId).ToList();
        var held = proved.Count == 0 ? [] : await db.HeldItems.AsNoTracking().Where(h => proved.Contains(h.ItemId)).Select(h => h.ItemId).ToHashSetAsync(ct);
        var queues = await db.Queues.AsNoTracking().Where(q => rigIds.Contains(q.RigId)).ToDictionaryAsync(q => q.RigId, ct);
        var gated = open.SelectMany(g => g).Where(r => r.Candidate is not null).Select(r => r.Id).ToList();
        var runs = gated.Count == 0 ? [] : await db.GateRuns.AsNoTracking().Where(r => gated.Contains(r.MergeRequestId)).ToListAsync(ct);
        var pictures = rigs.Select(rig => Picture(rig, queues.GetValueOrDefault(rig.Id), [.. open[rig.Id]], runs, running.GetValueOrDefault(rig.Id), resting.TryGetValue(rig.Id, out var until) && until > now, held) with { Part = PartOf(duties, rig.Id, open[rig.Id]) }).ToList();
        return new(pictures, open.SelectMany(g => g).ToDictionary(r => r.Id, r => new RequestView(r.Round, r.State, r.WorkItemId, r.Fence, r.TraceParent)));
    }

    static RigPicture Picture(RigCopy rig, MergeQueue? queue, IReadOnlyList<MergeRequest> requests, IReadOnlyList<GateRun> runs, Step? running, bool rests, IReadOnlySet<string> held) => new(
        rig.Id, rig.Merge.MaxConcurrent, queue is { Hold: not HoldKind.None }, queue?.RetryAt, queue is { Hold: HoldKind.Red }, running is not null || rests,
        [.. requests.Select(r => new RequestPicture(r.Id, r.State, r.Priority, r.QueuedAt, r.NotBefore,
            [.. (r.Candidate is null ? [] : GateBoard.Of(rig, r, runs)).Select(g => Mark(g, r.Id, running))], r.WorkItemId is { } item && held.Contains(item)))]);

    static async Task<IReadOnlyDictionary<string, (string ConvoyId, PartDuty Duty)>> DutiesAsync(RefineryDbContext db, CancellationToken ct)
    {
        var landings = await db.Landings.AsNoTracking().Where(l => l.Phase != LandingPhase.None).ToListAsync(ct);
        if (landings.Count == 0) return new Dictionary<string, (string, PartDuty)>();
        var convoys = landings.Select(l => l.ConvoyId).ToList();
        var parts = (await db.LandingParts.AsNoTracking().Where(p => convoys.Contains(p.ConvoyId)).ToListAsync(ct)).ToLookup(p => p.ConvoyId);
        return Landings.Duties(landings.Select(l => new LandingFacts(l.ConvoyId, l.Phase, l.OrderedAt, [.. parts[l.ConvoyId].Select(p => new PartFacts(p.RigId, p.Place, p.State))])));
    }

    static PartPicture? PartOf(IReadOnlyDictionary<string, (string ConvoyId, PartDuty Duty)> duties, string rigId, IEnumerable<MergeRequest> open)
    {
        if (!duties.TryGetValue(rigId, out var duty)) return null;
        var chain = open.Where(r => r.LandsWith == duty.ConvoyId).OrderBy(r => r.QueuedAt).ThenBy(r => r.Id, StringComparer.Ordinal).Select(r => new ChainLink(r.Id, r.Commit, r.Candidate, r.Branch)).ToList();
        return chain.Count == 0 ? null : new(duty.ConvoyId, duty.Duty, chain);
    }

    static GatePicture Mark(GatePicture gate, string requestId, Step? running) =>
        running is RunGate run && run.RequestId == requestId && run.Gate == gate.Name
            ? run.OnTarget ? gate with { OnTarget = GateProgress.Running } : gate with { OnCandidate = GateProgress.Running }
            : gate;
}
