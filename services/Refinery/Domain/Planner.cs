using ClaudeManage.Contracts.Refinery;

namespace ClaudeManage.Refinery.Domain;

/// <summary>
/// Decides what the merge queues do next, from what is known now. A pure function: the same picture gives the same
/// plan, so it can be simulated, and a crash loses nothing but the next call.
/// </summary>
static class Planner
{
    /// <summary>
    /// The next steps over all rigs, most urgent first. Guarantees: at most one candidate per rig; nothing is landed
    /// before every required gate passed on exactly its tree; never more gates than the limits allow, those that run
    /// already counted; the order of <see cref="Rank"/> within a rig.
    /// </summary>
    public static IReadOnlyList<Step> Plan(IReadOnlyList<RigPicture> rigs, PlanLimits limits, DateTimeOffset now)
    {
        var free = limits.MaxConcurrentGates - rigs.Sum(r => Running(r));
        var steps = new List<Step>();
        foreach (var (rig, request) in rigs.Select(r => (Rig: r, Request: Head(r, limits, now))).Where(x => x.Request is not null)
            .OrderBy(x => Rank(x.Request!, limits)).ThenBy(x => x.Request!.Id, StringComparer.Ordinal))
        {
            var step = Next(rig, request!);
            if (step is RunGate && (free <= 0 || Running(rig) >= rig.MaxConcurrent)) continue;
            if (step is RunGate) free--;
            if (step is not null) steps.Add(step);
        }
        return steps;
    }

    /// <summary>
    /// Lower goes first. One step of priority is worth <see cref="PlanLimits.Ageing"/>, so a request of priority p is
    /// overtaken only by what was queued less than p × Ageing after it: nothing starves.
    /// </summary>
    public static DateTimeOffset Rank(RequestPicture request, PlanLimits limits) => request.QueuedAt + request.Priority * limits.Ageing;

    /// <summary>The queue in the order in which it will be tried.</summary>
    public static IEnumerable<RequestPicture> InOrder(IEnumerable<RequestPicture> requests, PlanLimits limits) =>
        requests.OrderBy(r => r.State switch { MergeRequestState.Proved => 2, MergeRequestState.Queued => 1, _ => 0 }).ThenBy(r => Rank(r, limits)).ThenBy(r => r.QueuedAt).ThenBy(r => r.Id, StringComparer.Ordinal);

    /// <summary>When the plan may change although nothing happens; null when only news can change it.</summary>
    public static DateTimeOffset? NextDue(IReadOnlyList<RigPicture> rigs, DateTimeOffset now)
    {
        var dues = rigs.Where(r => r.Requests.Count > 0).SelectMany(r => r.Held && r.RetryAt is { } retry ? [retry]
            : r.Held ? [] : r.Requests.Select(q => q.NotBefore).OfType<DateTimeOffset>()).Where(due => due > now).ToList();
        return dues.Count == 0 ? null : dues.Min();
    }

    /// <summary>The candidate of the rig, or whoever is to become it; null while there is nothing to do.</summary>
    static RequestPicture? Head(RigPicture rig, PlanLimits limits, DateTimeOffset now)
    {
        if (rig.Busy) return null;
        if (rig.Part is { Urgent: true } part) return rig.RetryAt > now ? null : Of(rig, part.Chain[0]);
        if ((rig.Held && !(rig.RetryAt <= now)) || rig.Part is { Duty: PartDuty.Wait }) return null;
        if (rig.Requests.FirstOrDefault(r => r.State is MergeRequestState.Batched or MergeRequestState.Gating or MergeRequestState.Landing) is { } candidate) return candidate;
        if (rig.Part is not null) return Unproved(rig) is not { } next ? Of(rig, rig.Part.Chain[0]) : next.NotBefore > now ? null : next;
        return rig.Requests.FirstOrDefault(r => r is { State: MergeRequestState.Proved, Held: false })
            ?? InOrder(rig.Requests.Where(r => r.State == MergeRequestState.Queued), limits).FirstOrDefault(r => r.NotBefore is null || r.NotBefore <= now);
    }

    static RequestPicture? Unproved(RigPicture rig) => rig.Part!.Chain.Select(l => Of(rig, l)).FirstOrDefault(r => r is not { State: MergeRequestState.Proved });

    static RequestPicture? Of(RigPicture rig, ChainLink link) => rig.Requests.FirstOrDefault(r => r.Id == link.RequestId);

    static Step? Next(RigPicture rig, RequestPicture request)
    {
        if (rig.Part is { Duty: PartDuty.Move } move) return new MoveTarget(rig.Id, request.Id, move.ConvoyId);
        if (rig.Part is { Duty: PartDuty.Restore } restore) return new RestoreTarget(rig.Id, request.Id, restore.ConvoyId);
        if (rig.Held && rig.Red) return new ProbeTarget(rig.Id, request.Id);
        switch (request.State)
        {
            case MergeRequestState.Queued: return new BuildCandidate(rig.Id, request.Id, rig.Part?.Chain.TakeWhile(l => l.RequestId != request.Id).LastOrDefault());
            case MergeRequestState.Proved: return rig.Part is { } part ? new CheckChain(rig.Id, request.Id, part.ConvoyId, [.. part.Chain.Select(l => l.Candidate).OfType<string>()]) : new Release(rig.Id, request.Id);
            case MergeRequestState.Landing: return new Land(rig.Id, request.Id);
        }
        foreach (var gate in request.Gates)
        {
            switch (gate.OnCandidate)
            {
                case GateProgress.Running: return null;
                case GateProgress.Pending: return new RunGate(rig.Id, request.Id, gate.Name, OnTarget: false);
                case GateProgress.Failed when gate.Required:
                    return gate.OnTarget switch
                    {
                        GateProgress.Pending => new RunGate(rig.Id, request.Id, gate.Name, OnTarget: true),
                        GateProgress.Running => null,
                        GateProgress.Passed => new Refuse(rig.Id, request.Id, gate.Name),
                        _ => new StopRed(rig.Id, request.Id, gate.Name),
                    };
            }
        }
        return new Land(rig.Id, request.Id);
    }

    static int Running(RigPicture rig) => rig.Requests.Sum(r => r.Gates.Count(g => g.OnCandidate == GateProgress.Running || g.OnTarget == GateProgress.Running));
}
