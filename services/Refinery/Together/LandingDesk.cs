using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Messaging;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Together;

/// <summary>
/// The transitions of landings over several rigs, each with its events in the caller's transaction and under the rows'
/// versions: two rigs' steps that meet in one landing do not both pass.
/// </summary>
sealed class LandingDesk(
    RefineryDbContext db, MergeFlow flow, LandingEnds ends, IOutbox<RefineryDbContext> outbox, QueueSignal signal, TimeProvider clock, IOptions<RefineryOptions> options)
{
    /// <summary>Which items land with the convoy from now on. Said again it is answered again.</summary>
    public async Task HoldAsync(HoldMerges word, CancellationToken ct)
    {
        var landing = await LandingAsync(word.ConvoyId, ct);
        if (word.Number > landing.HoldNumber)
        {
            landing.HoldNumber = word.Number;
            landing.Version++;
            var known = await db.HeldItems.Where(h => h.ConvoyId == word.ConvoyId || word.Items.Contains(h.ItemId)).ToDictionaryAsync(h => h.ItemId, ct);
            var gone = known.Values.Where(h => !word.Items.Contains(h.ItemId)).ToList();
            var came = word.Items.Distinct().Where(i => known.GetValueOrDefault(i)?.ConvoyId != word.ConvoyId).ToList();
            db.RemoveRange(gone);
            foreach (var item in came)
                if (known.TryGetValue(item, out var other)) other.ConvoyId = word.ConvoyId;
                else db.Add(new HeldItem { ItemId = item, ConvoyId = word.ConvoyId });
            if (landing.Phase == LandingPhase.Preparing && gone.Count + came.Count > 0) await ends.AbortAsync(landing, "the convoy's items have changed", [], ct);
            signal.Changed(db);
        }
        var waiting = await db.Requests.AsNoTracking().Where(r => r.EndedAt == null && r.CurrentState == nameof(MergeRequestState.Proved) && word.Items.Contains(r.WorkItemId!)).ToListAsync(ct);
        await outbox.PublishAsync(new MergesHeld(word.ConvoyId, word.Number, [.. waiting.Select(r => r.ToSnapshot())]), ct);
    }

    /// <summary>Begins a landing. An order that is not newer than the last does nothing; a convoy gives a new one only when it has heard how the last ended.</summary>
    public async Task OrderAsync(LandTogether order, CancellationToken ct)
    {
        var landing = await LandingAsync(order.ConvoyId, ct);
        if (order.Number <= landing.Number || landing.Phase is LandingPhase.Moving or LandingPhase.Undoing) return;
        (landing.Number, landing.Reason) = (order.Number, null);
        landing.Version++;
        var requests = await db.Requests.Where(r => order.RequestIds.Contains(r.Id)).ToListAsync(ct);
        var open = requests.Where(r => !r.Ended).ToList();
        if (requests.Count < order.RequestIds.Count || requests.Exists(r => r.Ended && r.State != MergeRequestState.Merged))
        {
            await ends.AbortAsync(landing, "a request is not there any more", [.. requests.Where(r => r.Ended)], ct);
            return;
        }
        await TellAsync(landing, null, (h, l) => new LandingBegun(h(LandingBegun.Type), l.ConvoyId, l.Number, order.RequestIds), ct);
        db.RemoveRange(await db.LandingParts.Where(p => p.ConvoyId == landing.ConvoyId).ToListAsync(ct));
        await db.SaveChangesAsync(ct);      // the same keys come again
        if (open.Count == 0)
        {
            await CompleteAsync(landing, ct);
            return;
        }
        foreach (var (rig, place) in open.Select(r => r.RigId).Distinct().Order(StringComparer.Ordinal).Select((r, i) => (r, i)))
            db.Add(new LandingPart { ConvoyId = landing.ConvoyId, RigId = rig, Place = place });
        foreach (var request in open)
        {
            request.LandsWith = landing.ConvoyId;
            flow.Touch(request);
        }
        (landing.Phase, landing.OrderedAt) = (LandingPhase.Preparing, clock.Now());
    }

    /// <summary>
    /// What of the rig's chain is proved as it would land stays; the rest is proved anew on it. When nothing is left to
    /// prove in any rig, the targets begin to move.
    /// </summary>
    /// <param name="stands">Whether a candidate is still in the mirror.</param>
    public async Task CheckAsync(StepSession s, string convoyId, string target, string tip, Func<MergeRequest, bool> stands, CancellationToken ct)
    {
        if (await FindAsync(convoyId, s.Rig.Id, LandingPhase.Preparing, ct) is not ({ } landing, { State: PartState.Proving } part)) return;
        var all = await ends.RequestsAsync(convoyId, ct);
        var chain = all.Where(r => r.RigId == s.Rig.Id).ToList();
        if (chain.Exists(r => r.State != MergeRequestState.Proved)) return;
        var runs = await GateBoard.RunsAsync(s.Db, chain, ct);
        var holding = Landings.Holding(tip, chain.Select(r => (r.Tip, r.Candidate, r.Target == target && stands(r) && GateBoard.AllPassed(GateBoard.Of(s.Rig, r, runs)))));
        foreach (var request in chain.Skip(holding)) await flow.RaiseAsync(request, new Requeue("it is proved as it will land with its convoy"), QueueHolds.Driver, ct);
        if (holding < chain.Count) return;
        (part.State, part.Target, part.Before, part.After, part.Revert) = (PartState.Ready, target, tip, chain[^1].Candidate, null);
        part.Version++;
        landing.Version++;
        signal.Changed(db);
        if (await db.LandingParts.AnyAsync(p => p.ConvoyId == convoyId && p.RigId != s.Rig.Id && p.State != PartState.Ready, ct)) return;
        (landing.Phase, landing.MoveBy) = (LandingPhase.Moving, clock.Now().AddSeconds(options.Value.JointLandingSeconds));
        foreach (var request in all) await flow.RaiseAsync(request, new LandWithConvoy(), QueueHolds.Driver, ct);
    }

    /// <summary>Writes down that the rig's target is about to move. Null when it is not its turn.</summary>
    public async Task<(ConvoyLanding Landing, LandingPart Part, bool Last)?> BeginMoveAsync(string convoyId, string rigId, CancellationToken ct)
    {
        if (await FindAsync(convoyId, rigId, LandingPhase.Moving, ct) is not ({ } landing, { State: PartState.Ready or PartState.Moving } part)) return null;
        var others = await db.LandingParts.Where(p => p.ConvoyId == convoyId && p.RigId != rigId).ToListAsync(ct);
        if (others.Exists(p => p.Place < part.Place && p.State != PartState.Moved)) return null;
        if (part.State == PartState.Ready) Set(part, PartState.Moving);
        return (landing, part, others.TrueForAll(p => p.State == PartState.Moved));
    }

    /// <summary>Read back: the rig's target has moved. With the last one all requests are merged.</summary>
    public async Task MovedAsync(string convoyId, string rigId, CancellationToken ct)
    {
        if (await FindAsync(convoyId, rigId, LandingPhase.Moving, ct) is not ({ } landing, { State: PartState.Moving } part)) return;
        Set(part, PartState.Moved);
        await TellAsync(landing, rigId, (h, l) => new LandingMoved(h(LandingMoved.Type), l.ConvoyId, l.Number, part.Target!, part.Before!, part.After!), ct);
        if (!await db.LandingParts.AnyAsync(p => p.ConvoyId == convoyId && p.RigId != rigId && p.State != PartState.Moved, ct)) await CompleteAsync(landing, ct);
    }

    /// <summary>The rig's target does not move: what has moved is taken back.</summary>
    /// <param name="unknown">Nobody knows whether it has moved.</param>
    /// <param name="needsPerson">It would not move the next time either.</param>
    public async Task NotMovedAsync(string convoyId, string rigId, string why, bool unknown, bool needsPerson, CancellationToken ct)
    {
        if (await FindAsync(convoyId, rigId, LandingPhase.Moving, ct) is not ({ } landing, { State: PartState.Moving } part)) return;
        if (!unknown) Set(part, PartState.Ready);
        (landing.Reason, landing.Phase) = ($"{rigId} did not take the landing: {why}", LandingPhase.Undoing);
        landing.Version++;
        signal.Changed(db);
        if (!unknown && !await db.LandingParts.AnyAsync(p => p.ConvoyId == convoyId && p.RigId != rigId && p.State == PartState.Moved, ct)) await EndUndoneAsync(landing, needsPerson, ct);
    }

    /// <summary>Writes down the commit that will take the rig's target back.</summary>
    public async Task NoteRevertAsync(string convoyId, string rigId, string commit, CancellationToken ct)
    {
        if (await FindAsync(convoyId, rigId, LandingPhase.Undoing, ct) is not ({ }, { State: PartState.Moving or PartState.Moved } part)) throw new StepOutdatedException();
        if (part.Revert == commit) return;
        part.Revert = commit;
        part.Version++;
    }

    /// <summary>The rig's target is as if nothing had landed, or only a person can make it so.</summary>
    public async Task RestoredAsync(string convoyId, string rigId, string? revert, string? stuck, CancellationToken ct)
    {
        if (await FindAsync(convoyId, rigId, LandingPhase.Undoing, ct) is not ({ } landing, { State: PartState.Moving or PartState.Moved } part)) return;
        Set(part, stuck is null ? PartState.Restored : PartState.Stuck);
        part.Revert = revert;
        landing.Version++;
        if (revert is not null)
            await TellAsync(landing, rigId, (h, l) => new LandingUndone(h(LandingUndone.Type), l.ConvoyId, l.Number, part.Target!, part.Before!, part.After!, revert, l.Reason!), ct);
        if (stuck is not null)
        {
            landing.Reason += $" {rigId} could not be taken back: {stuck}";
            await outbox.PublishAsync(new RaiseIncident($"undo:{convoyId}:{landing.Number}:{rigId}", Severity.High, "refinery", $"A half landing of {convoyId} is left in {rigId}", stuck,
                [$"Revert {part.Before}..{part.After} on {part.Target} of {rigId} by hand, or let it stand.", $"Then land the convoy again: cm convoy resume {convoyId}"], rigId, null, null), ct);
        }
        if (!await db.LandingParts.AnyAsync(p => p.ConvoyId == convoyId && p.RigId != rigId && (p.State == PartState.Moving || p.State == PartState.Moved), ct)) await EndUndoneAsync(landing, true, ct);
    }

    async Task CompleteAsync(ConvoyLanding landing, CancellationToken ct)
    {
        (landing.Phase, landing.MoveBy) = (LandingPhase.None, null);
        landing.Version++;
        var landed = await ends.RequestsAsync(landing.ConvoyId, ct);
        foreach (var request in landed)
        {
            request.LandsWith = null;
            await flow.RaiseAsync(request, new ProveLanded(request.Candidate!), QueueHolds.Driver, ct);
        }
        await TellAsync(landing, null, (h, l) => new LandingCompleted(h(LandingCompleted.Type), l.ConvoyId, l.Number, [.. landed.Select(r => r.Id)]), ct);
    }

    // They are proved anew, each by itself, on what the targets are now.
    async Task EndUndoneAsync(ConvoyLanding landing, bool needsPerson, CancellationToken ct)
    {
        await ends.FailedAsync(landing, landing.Reason!, needsPerson, [], ct);
        foreach (var request in await ends.RequestsAsync(landing.ConvoyId, ct))
        {
            request.LandsWith = null;
            await flow.RaiseAsync(request, new Requeue(landing.Reason!), QueueHolds.Driver, ct);
        }
    }

    async Task<ConvoyLanding> LandingAsync(string convoyId, CancellationToken ct)
    {
        if (await db.Landings.SingleOrDefaultAsync(l => l.ConvoyId == convoyId, ct) is { } landing) return landing;
        landing = new ConvoyLanding { ConvoyId = convoyId };
        db.Add(landing);
        return landing;
    }

    async Task<(ConvoyLanding?, LandingPart?)> FindAsync(string convoyId, string rigId, LandingPhase phase, CancellationToken ct) =>
        (await db.Landings.SingleOrDefaultAsync(l => l.ConvoyId == convoyId && l.Phase == phase, ct), await db.LandingParts.SingleOrDefaultAsync(p => p.ConvoyId == convoyId && p.RigId == rigId, ct));

    void Set(LandingPart part, PartState state)
    {
        part.State = state;
        part.Version++;
        signal.Changed(db);
    }

    Task TellAsync<T>(ConvoyLanding landing, string? rigId, Func<Func<string, RunEvent>, ConvoyLanding, T> make, CancellationToken ct) where T : class, IRunEvent =>
        outbox.PublishAsync(make(type => QueueHolds.Driver.Event(type, clock.Now(), rigId: rigId, convoyId: landing.ConvoyId), landing), ct);
}
