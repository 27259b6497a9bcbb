using System.Linq.Expressions;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Supervisor.Running;

/// <summary>Puts on record that sessions shall end, in the running transaction, and tells whoever looks after them once that is committed.</summary>
sealed class SessionStopper(SupervisorDbContext db, SessionRegistry registry, NodeState node)
{
    /// <summary>How many were running and are ending now; one that is ending already keeps its reason, except at an emergency stop.</summary>
    public async Task<int> RequestAsync(Expression<Func<SessionRow, bool>> which, Ending why, CancellationToken ct)
    {
        var rows = await db.Sessions.Where(x => x.NodeId == node.Id && (x.Phase == SessionPhase.Requested || x.Phase == SessionPhase.Preparing || x.Phase == SessionPhase.Running))
            .Where(which).ToListAsync(ct);
        foreach (var row in rows.Where(row => row.StopKind is null || (why.Kind == EndKind.Halted && row.StopKind != EndKind.Halted)))
        {
            (row.StopKind, row.StopReason, row.StopTo) = (why.Kind, why.Reason, why.To);
            row.Version++;
            db.AfterCommit(() => registry.RequestStop(row.Id, why));
        }
        return rows.Count;
    }
}
