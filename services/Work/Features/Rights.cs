using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features;

/// <summary>Who may change what, beyond what the role alone says.</summary>
sealed class Rights(WorkDbContext db)
{
    /// <summary>
    /// Refuses (409 <c>lease-lost</c>) a session's token whose assignment is over as far as Work has heard. A token newer than
    /// what Work has heard is good: it was signed for a lease that exists.
    /// </summary>
    public async Task RequireLiveAsync(Caller caller, CancellationToken ct)
    {
        caller.RequireWriter();
        if (caller.AssignmentId is not { } id) return;
        var copy = await db.Assignments.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct);
        if (copy is null || caller.Fence > copy.Fence) return;
        if (copy.State == AssignmentState.Leased && copy.Fence == caller.Fence) return;
        throw Refusal.Conflict("lease-lost",
            $"Your session's lease (fence {caller.Fence}) is over: the assignment is {Persistence.SnakeCase.Of(copy.State.ToString())} at fence {copy.Fence}. Stop; claim again to go on.",
            ("fence", copy.Fence), ("holder", copy.Snapshot.AgentId)).AsException();
    }

    /// <summary>True for an agent that has the item under its lease.</summary>
    public static bool Holds(Caller caller, WorkItemRow item) =>
        caller.Role == Roles.Agent && item.State == WorkItemState.InProgress && item.AssignedAgentId == caller.Actor
        && (caller.AssignmentId is null || (caller.AssignmentId == item.AssignmentId && caller.Fence == item.Fence));

    /// <summary>Refuses (403) whoever is neither an operator nor holds the item.</summary>
    public static void RequireHolder(Caller caller, WorkItemRow item, string what)
    {
        caller.RequireRig(item.RigId);
        if (caller.IsOperator || Holds(caller, item)) return;
        throw Refusal.Forbidden($"{what} is for an operator or the agent that has {item.Id} under its lease; your token is for {caller.Actor}.").AsException();
    }

    /// <summary>Refuses (403) whoever is neither an operator, nor holds the item, nor made it while nobody has begun it.</summary>
    public static void RequireAuthor(Caller caller, WorkItemRow item, string what)
    {
        if (item.State == WorkItemState.Open && item.CreatedBy == caller.Actor) caller.RequireRig(item.RigId);
        else RequireHolder(caller, item, what);
    }
}
