using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Messaging;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery.Together;

/// <summary>Gives up a landing of which no target has moved, and says so; inside the caller's transaction.</summary>
sealed class LandingEnds(RefineryDbContext db, IOutbox<RefineryDbContext> outbox, QueueSignal signal, TimeProvider clock)
{
    /// <summary>A request that was to land with its convoy has come to an end: the others do not land without it.</summary>
    public async Task WithoutAsync(MergeRequest ended, CancellationToken ct)
    {
        if (ended.LandsWith is not { } convoy || await db.Landings.SingleOrDefaultAsync(l => l.ConvoyId == convoy && l.Phase == LandingPhase.Preparing, ct) is not { } landing) return;
        await AbortAsync(landing, $"{ended.Id} ({ended.WorkItemId}) is {ended.State.ToString().ToLowerInvariant()}: {ended.Feedback}", [ended], ct);
    }

    /// <summary>Before any target has moved: the requests stay as they are.</summary>
    public async Task AbortAsync(ConvoyLanding landing, string reason, IReadOnlyList<MergeRequest> missing, CancellationToken ct)
    {
        foreach (var request in await RequestsAsync(landing.ConvoyId, ct)) request.LandsWith = null;
        await FailedAsync(landing, reason, needsPerson: false, missing, ct);
    }

    /// <summary>It is over, and nothing has landed.</summary>
    public async Task FailedAsync(ConvoyLanding landing, string reason, bool needsPerson, IReadOnlyList<MergeRequest> missing, CancellationToken ct)
    {
        (landing.Phase, landing.MoveBy) = (LandingPhase.None, null);
        landing.Version++;
        signal.Changed(db);
        await outbox.PublishAsync(new LandingFailed(QueueHolds.Driver.Event(LandingFailed.Type, clock.Now(), convoyId: landing.ConvoyId), landing.ConvoyId, landing.Number,
            reason, needsPerson, [.. missing.Select(m => m.ToSnapshot())]), ct);
    }

    /// <summary>Those that land with the convoy, in the order in which they do.</summary>
    public async Task<List<MergeRequest>> RequestsAsync(string convoyId, CancellationToken ct) =>
        await db.Requests.Where(r => r.LandsWith == convoyId).OrderBy(r => r.RigId).ThenBy(r => r.QueuedAt).ThenBy(r => r.Id).ToListAsync(ct);
}
