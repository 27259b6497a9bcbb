using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Messaging;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Stops a rig's queue and lets it go on, with the facts and incidents that belong to it; inside the caller's transaction.</summary>
sealed class QueueHolds(RefineryDbContext db, IOutbox<RefineryDbContext> outbox, QueueSignal signal, TimeProvider clock, IOptions<RefineryOptions> options)
{
    /// <summary>The queue's row, made when there is none.</summary>
    public async Task<MergeQueue> QueueAsync(string rigId, CancellationToken ct)
    {
        if (await db.Queues.SingleOrDefaultAsync(q => q.RigId == rigId, ct) is { } queue) return queue;
        queue = new MergeQueue { RigId = rigId };
        db.Add(queue);
        return queue;
    }

    /// <summary>Stopped by a person, until a person lets it go on.</summary>
    public async Task PauseAsync(string rigId, string reason, Caller by, CancellationToken ct)
    {
        var queue = await QueueAsync(rigId, ct);
        (queue.RetryAt, queue.RedTip) = (null, null);
        await HoldAsync(queue, HoldKind.Operator, reason, by, ct);
    }

    /// <summary>Goes on; failed results from before are not believed, because something was done about them.</summary>
    public async Task<bool> ResumeAsync(string rigId, Caller by, CancellationToken ct)
    {
        var queue = await QueueAsync(rigId, ct);
        queue.FreshSince = clock.Now();
        return await ReleaseAsync(queue, by, ct);
    }

    /// <summary>The origin does not answer or says no: requests are kept, and it is tried again later and later.</summary>
    public async Task TroubleAsync(string rigId, HoldKind kind, string words, string? requestId, CancellationToken ct)
    {
        var queue = await QueueAsync(rigId, ct);
        if (queue.Hold == HoldKind.Operator) return;
        PutOff(queue);
        if (queue.Hold == HoldKind.Red) return;
        await HoldAsync(queue, kind, words, Driver, ct);
        await outbox.PublishAsync(new RaiseIncident($"origin:{rigId}", Severity.High, "refinery",
            kind == HoldKind.Refused ? $"The repository of {rigId} refuses what the merge queue lands" : $"The repository of {rigId} cannot be used",
            words, ["Put right what git says.", $"It is tried again by itself at {queue.RetryAt:u}; `cm mq resume {rigId}` tries it at once."], rigId, null, null), ct);
    }

    /// <summary>The target's own tip fails a gate: nothing lands until it moves or a person says so.</summary>
    public async Task StopRedAsync(string rigId, string target, string tip, string gate, string why, CancellationToken ct)
    {
        var queue = await QueueAsync(rigId, ct);
        PutOff(queue);
        queue.RedTip = tip;
        var what = $"{target} is red: the gate '{gate}' fails on its own tip {Feedback.Short(tip)}";
        await HoldAsync(queue, HoldKind.Red, what, Driver, ct);
        await outbox.PublishAsync(new RaiseIncident($"red:{rigId}:{target}", Severity.High, "refinery", what, why,
            [$"Repair {target}; the queue goes on by itself when it has moved.", $"If the gate was at fault: put it right, then `cm mq resume {rigId}`."], rigId, null, null), ct);
    }

    /// <summary>Still the same; look again later.</summary>
    public async Task StillRedAsync(string rigId, CancellationToken ct) => PutOff(await QueueAsync(rigId, ct));

    /// <summary>What the origin was asked for worked.</summary>
    public async Task WorkedAsync(string rigId, CancellationToken ct, params HoldKind[] cured)
    {
        var queue = await QueueAsync(rigId, ct);
        if (cured.Contains(queue.Hold)) await ReleaseAsync(queue, Driver, ct);
    }

    public static Caller Driver { get; } = Caller.System("refinery");

    async Task HoldAsync(MergeQueue queue, HoldKind kind, string reason, Caller by, CancellationToken ct)
    {
        var now = clock.Now();
        var news = queue.Hold != kind;
        (queue.Hold, queue.Reason, queue.HeldBy) = (kind, Cut(reason), by.Actor);
        queue.Version++;
        signal.Changed(db);
        if (!news) return;
        queue.HeldAt = now;
        await outbox.PublishAsync(new MergeQueuePaused(by.Event(MergeQueuePaused.Type, now, rigId: queue.RigId), queue.RigId, queue.Reason), ct);
    }

    async Task<bool> ReleaseAsync(MergeQueue queue, Caller by, CancellationToken ct)
    {
        var held = queue.Hold != HoldKind.None;
        (queue.Hold, queue.Reason, queue.HeldBy, queue.HeldAt, queue.RetryAt, queue.RedTip, queue.Failures) = (HoldKind.None, null, null, null, null, null, 0);
        queue.Version++;
        signal.Changed(db);
        if (held) await outbox.PublishAsync(new MergeQueueResumed(by.Event(MergeQueueResumed.Type, clock.Now(), rigId: queue.RigId), queue.RigId), ct);
        return held;
    }

    void PutOff(MergeQueue queue)
    {
        queue.Failures++;
        queue.RetryAt = clock.Now() + Backoff.After(queue.Failures, TimeSpan.FromSeconds(options.Value.OriginRetrySeconds), TimeSpan.FromSeconds(options.Value.OriginRetryMaxSeconds));
        queue.Version++;
    }

    static string Cut(string text) => text.Length <= 4000 ? text : text[..4000] + "…";
}
