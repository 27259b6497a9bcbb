using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Sagas;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Queue;

/// <summary>What the rows say of a candidate's gates, measured by the rig's settings of this moment.</summary>
static class GateBoard
{
    public static IReadOnlyList<GatePicture> Of(RigCopy rig, MergeRequest request, IReadOnlyList<GateRun> runs) =>
        [.. rig.Gates.Select(gate => new GatePicture(gate.Name, gate.Required, Progress(Newest(rig, request, runs, gate, onTarget: false)), Progress(Newest(rig, request, runs, gate, onTarget: true))))];

    /// <summary>All runs for these requests, of whatever round.</summary>
    public static async Task<IReadOnlyList<GateRun>> RunsAsync(RefineryDbContext db, IEnumerable<MergeRequest> requests, CancellationToken ct)
    {
        var ids = requests.Select(r => r.Id).ToList();
        return await db.GateRuns.AsNoTracking().Where(r => ids.Contains(r.MergeRequestId)).ToListAsync(ct);
    }

    /// <summary>Whether nothing that is required is missing.</summary>
    public static bool AllPassed(IReadOnlyList<GatePicture> gates) => gates.All(g => g.OnCandidate is GateProgress.Passed || (!g.Required && g.OnCandidate is GateProgress.Failed));

    /// <summary>The last run with a result of this gate as it is defined now, on this round's candidate or on what that stands on.</summary>
    public static GateRun? Newest(RigCopy rig, MergeRequest request, IReadOnlyList<GateRun> runs, GateDefinition gate, bool onTarget)
    {
        var definition = GateKey.Of(gate, rig.Merge.Setup);
        return runs.Where(r => r.Round == request.Round && r.MergeRequestId == request.Id && r.OnTarget == onTarget && r.Gate == gate.Name
            && r.Definition == definition && !r.Interrupted && r.EndedAt is not null).MaxBy(r => r.StartedAt);
    }

    /// <summary>A result that holds for this tree already: a pass always, a failure unless somebody asked for a fresh look since.</summary>
    public static Task<GateRun?> CachedAsync(RefineryDbContext db, string tree, string definition, DateTimeOffset freshSince, CancellationToken ct) =>
        db.GateRuns.AsNoTracking().Where(r => r.Tree == tree && r.Definition == definition && r.CachedFrom == null && !r.Interrupted && r.EndedAt != null
                && (r.Result == GateResult.Passed || (r.Result == GateResult.Failed && r.EndedAt >= freshSince)))
            .OrderByDescending(r => r.StartedAt).FirstOrDefaultAsync(ct);

    static GateProgress Progress(GateRun? run) => run is null ? GateProgress.Pending : run.Result == GateResult.Passed ? GateProgress.Passed : GateProgress.Failed;
}
