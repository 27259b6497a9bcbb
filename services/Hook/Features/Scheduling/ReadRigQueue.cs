using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Dispatch;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Scheduling;

/// <summary><c>GET /rigs/{id}/queue</c>: pool, per-agent queues, leases, and what each waits for. At most 500 entries.</summary>
static class ReadRigQueue
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/rigs/{id}/queue", Handle);

    static async Task<Ok<RigQueue>> Handle(string id, Caller caller, HookDbContext db, Scheduler scheduler, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireRig(id);
        if (!await db.Rigs.AnyAsync(r => r.Id == id, ct)) throw Refusal.NotFound("rig", id).AsException();
        var rows = new List<AssignmentRow>();
        foreach (var state in new[] { AssignmentState.Leased, AssignmentState.Parked, AssignmentState.Queued })
            rows.AddRange(await db.Assignments.AsNoTracking().Where(a => a.RigId == id && a.State == state).OrderBy(a => a.Rank).ThenBy(a => a.Id).Take(Paging.MaxLimit - rows.Count).ToListAsync(ct));
        var view = await scheduler.LookAsync(ct);
        var reasons = view.Plan.Waits.ToDictionary(w => w.AssignmentId, w => w.Reason);
        var pool = ActorAddress.Pool(id);
        var gating = await db.Items.AsNoTracking().CountAsync(i => i.RigId == id && i.State == WorkItemState.Submitted, ct);
        return TypedResults.Ok(new RigQueue(
            id,
            [.. rows.Where(a => a.HookId == pool).Select(a => a.ToSnapshot())],
            [.. rows.Where(a => a.HookId != pool).GroupBy(a => a.HookId).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new AgentQueue(
                g.Key, Of(g, AssignmentState.Leased).FirstOrDefault(), [.. Of(g, AssignmentState.Queued)], [.. Of(g, AssignmentState.Parked)]))],
            [.. rows.Where(a => a.State == AssignmentState.Queued).Select(a => new WaitingAssignment(a.Id, a.WorkItemId, Reason(a, reasons, clock.Now())))],
            new MergeQueueLink(gating, null, $"/rigs/{id}/merge-queue")));
    }

    static IEnumerable<AssignmentSnapshot> Of(IEnumerable<AssignmentRow> rows, AssignmentState state) => rows.Where(a => a.State == state).Select(a => a.ToSnapshot());

    static string Reason(AssignmentRow row, Dictionary<Guid, string> reasons, DateTimeOffset now) =>
        row.Held ? "its item is not ready"
        : row.NotBefore > now ? $"not before {row.NotBefore:u}"
        : row.SessionId is not null ? $"starting on {row.NodeId}"
        : reasons.GetValueOrDefault(row.Id) ?? (row.Managed ? "its turn has not come" : "nobody claimed it yet");
}
