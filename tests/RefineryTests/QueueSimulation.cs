using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Domain;

namespace ClaudeManage.RefineryTests;

/// <summary>
/// Random rigs, requests, gates, failures and pushes by others, driven by the planner alone until nothing is left; notes
/// the first promise that was broken.
/// </summary>
sealed class QueueSimulation(Random random)
{
    static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly PlanLimits _limits = new(random.Next(1, 4), TimeSpan.FromMinutes(random.Next(1, 30)));
    readonly List<SimulatedRig> _rigs = [];
    DateTimeOffset _now = Start.AddHours(12);

    public string? Violation { get; private set; }

    public void Run()
    {
        for (var r = random.Next(1, 4); r > 0; r--) _rigs.Add(new SimulatedRig($"rig{r}", random, Start));
        for (var round = 0; Violation is null && _rigs.Any(r => r.Waiting > 0 || r.Open.Count > 0); round++)
        {
            if (round > 5000) { Violation = "it does not come to an end"; return; }
            _now += TimeSpan.FromSeconds(30);
            foreach (var rig in _rigs) rig.MaybeArrive(_now);
            var steps = Planner.Plan([.. _rigs.Select(r => r.Picture())], _limits, _now);
            Violation = steps.GroupBy(s => s.RigId).Any(g => g.Count() > 1) ? "two steps for one rig" : null;
            foreach (var step in steps) Violation ??= Rig(step).Begin(step, _limits);
            if (_rigs.Sum(r => r.RunningGates) > _limits.MaxConcurrentGates) Violation = "too many gates at once";
            // Some of what runs ends, in any order.
            foreach (var rig in _rigs.Where(_ => random.Next(3) > 0)) Violation ??= rig.End();
        }
    }

    SimulatedRig Rig(Step step) => _rigs.Single(r => r.Id == step.RigId);
}

sealed class SimulatedRig
{
    readonly Random _random;
    readonly string[] _gates;
    readonly HashSet<string> _optional;
    Step? _running;
    int _made;

    public SimulatedRig(string id, Random random, DateTimeOffset start)
    {
        (Id, _random) = (id, random);
        _gates = [.. Enumerable.Range(0, random.Next(0, 4)).Select(i => $"gate{i}")];
        _optional = [.. _gates.Where(_ => random.Next(4) == 0)];
        Waiting = random.Next(1, 8);
        MaybeArrive(start);
    }

    public string Id { get; }
    public int Waiting { get; private set; }
    public List<SimulatedRequest> Open { get; } = [];
    public int RunningGates => _running is RunGate ? 1 : 0;

    public void MaybeArrive(DateTimeOffset now)
    {
        if (Waiting == 0 || _random.Next(3) > 0) return;
        Waiting--;
        Open.Add(new SimulatedRequest($"{Id}-{_made++}", _random.Next(0, 5), now, [.. _gates.Where(_ => _random.Next(6) == 0)]));
    }

    public RigPicture Picture() => new(Id, 1, false, null, false, _running is not null, [.. Open.Select(r => new RequestPicture(r.Id, r.State, r.Priority, r.QueuedAt, null,
        r.State == MergeRequestState.Queued ? [] : [.. _gates.Select(g => new GatePicture(g, !_optional.Contains(g), Progress(r, g, false), Progress(r, g, true)))]))]);

    GateProgress Progress(SimulatedRequest request, string gate, bool onTarget) =>
        _running is RunGate run && run.Gate == gate && run.OnTarget == onTarget && run.RequestId == request.Id ? GateProgress.Running
        : request.Results.GetValueOrDefault((gate, onTarget));

    /// <summary>Takes up a step; what is wrong with it, or null.</summary>
    public string? Begin(Step step, PlanLimits limits)
    {
        if (_running is not null) return "a step for a busy rig";
        var request = Open.Single(r => r.Id == step.RequestId);
        if (Open.Exists(r => r != request && r.State != MergeRequestState.Queued)) return "a second candidate";
        if (step is BuildCandidate && Open.Exists(o => o.QueuedAt + o.Priority * limits.Ageing < request.QueuedAt + request.Priority * limits.Ageing)) return "overtaken beyond the bound";
        if (step is Land && _gates.Any(g => !_optional.Contains(g) && request.Results.GetValueOrDefault((g, false)) != GateProgress.Passed)) return "landing ungated";
        if (step is Refuse refuse && !request.Bad.Contains(refuse.Gate)) return "a good request is refused";
        _running = step;
        return null;
    }

    public string? End()
    {
        if (_running is not { } step) return null;
        _running = null;
        var request = Open.Single(r => r.Id == step.RequestId);
        switch (step)
        {
            case BuildCandidate: request.State = MergeRequestState.Batched; break;
            case RunGate gate:
                request.State = MergeRequestState.Gating;
                request.Results[(gate.Gate, gate.OnTarget)] = !gate.OnTarget && request.Bad.Contains(gate.Gate) ? GateProgress.Failed : GateProgress.Passed;
                break;
            case Land when _random.Next(5) == 0:        // somebody pushed: from the beginning
                request.State = MergeRequestState.Queued;
                request.Results.Clear();
                break;
            case Land or Refuse: Open.Remove(request); break;
            default: return $"an unexpected {step}";
        }
        return null;
    }
}

sealed record SimulatedRequest(string Id, int Priority, DateTimeOffset QueuedAt, HashSet<string> Bad)
{
    public MergeRequestState State { get; set; } = MergeRequestState.Queued;
    public Dictionary<(string Gate, bool OnTarget), GateProgress> Results { get; } = [];
}
