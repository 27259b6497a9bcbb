using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Messaging;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.Refinery.Together;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Queue;

/// <summary>
/// The one door to a merge request's row: raises an event on its state machine and publishes the fact that came of it,
/// as part of the caller's transaction.
/// </summary>
sealed class MergeFlow(RefineryDbContext db, IOutbox<RefineryDbContext> outbox, MergeRequestStateMachine machine, LandingEnds landings, QueueSignal signal, TimeProvider clock)
{
    /// <exception cref="TransitionRefusedException">The state does not allow it.</exception>
    public async Task RaiseAsync<T>(MergeRequest request, T happened, Caller by, CancellationToken ct) where T : class, IMergeRequestEvent
    {
        var before = request.CurrentState;
        await machine.RaiseAsync(request, happened, ct);
        if (db.Entry(request).State is EntityState.Unchanged) return;       // named as ignored
        var now = Touch(request);
        if (request.CurrentState == before) return;
        request.EndedAt = request.Ended ? now : null;
        RefineryTelemetry.Ended(db, request);
        if (Fact(request, by, now) is { } fact) await outbox.PublishAsync(fact, ct);
        if (request.Ended) await landings.WithoutAsync(request, ct);
    }

    /// <summary>For changes that are no transition.</summary>
    public DateTimeOffset Touch(MergeRequest request)
    {
        request.UpdatedAt = clock.Now();
        request.Version++;
        signal.Changed(db);
        return request.UpdatedAt;
    }

    static IRunEvent? Fact(MergeRequest request, Caller by, DateTimeOffset now)
    {
        RunEvent Header(string type) => by.Event(type, now, request.WorkItemId, request.RigId, request.ConvoyId);
        return request.State switch
        {
            MergeRequestState.Queued => new MergeQueued(Header(MergeQueued.Type), request.ToSnapshot()),
            MergeRequestState.Gating => new MergeGating(Header(MergeGating.Type), request.ToSnapshot()),
            MergeRequestState.Proved => new MergeProved(Header(MergeProved.Type), request.ToSnapshot()),
            MergeRequestState.Merged => new MergeSucceeded(Header(MergeSucceeded.Type), request.ToSnapshot()),
            MergeRequestState.Conflicted => new MergeConflicted(Header(MergeConflicted.Type), request.ToSnapshot()),
            MergeRequestState.Rejected => new MergeRejected(Header(MergeRejected.Type), request.ToSnapshot()),
            MergeRequestState.Superseded => new MergeSuperseded(Header(MergeSuperseded.Type), request.ToSnapshot()),
            _ => null,
        };
    }
}
