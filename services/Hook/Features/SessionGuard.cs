using ClaudeManage.Contracts.Hook;
using ClaudeManage.Hook.Data;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features;

/// <summary>A session's token acts only while its assignment is leased under the fence the token was made for.</summary>
sealed class SessionGuard(HookDbContext db)
{
    /// <summary>Refuses (403) a token whose lease is over. Nothing is read for other tokens.</summary>
    public async Task RequireLiveAsync(Caller caller, CancellationToken ct)
    {
        if (caller.AssignmentId is not { } id) return;
        if (!await db.Assignments.AnyAsync(a => a.Id == id && a.State == AssignmentState.Leased && a.Fence == caller.Fence, ct)) throw Ended(id).AsException();
    }

    /// <summary>The same, for an assignment that was read already.</summary>
    public static void RequireMeantFor(Caller caller, Guid assignmentId, long fence)
    {
        if (caller.AssignmentId is { } id && (id != assignmentId || caller.Fence != fence)) throw Ended(id).AsException();
    }

    /// <summary>Refuses (403) whoever neither holds the lease nor acts for its holder.</summary>
    public static void RequireHolder(Caller caller, AssignmentRow row)
    {
        RequireMeantFor(caller, row.Id, row.Fence);
        caller.RequireActingAs(row.LeaseHolder ?? row.Result?.By ?? row.HookId, "Using this lease");
    }

    static Refusal Ended(Guid id) => new(403, "session-ended", $"This token was made for one lease of the assignment {id}, and that lease is over. Stop; whoever holds the work now goes on.");
}
