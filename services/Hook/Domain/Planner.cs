namespace ClaudeManage.Hook.Domain;

/// <summary>An assignment that wants a slot.</summary>
/// <param name="AgentId">The agent whose hook it is on; null in a pool, where any free polecat will do.</param>
/// <param name="ConvoyId">For the fair share; an assignment without one stands for itself.</param>
sealed record PlanCandidate(Guid AssignmentId, string RigId, string? AgentId, string? ConvoyId, int Priority, DateTimeOffset QueuedAt, long Rank);

/// <summary>A node's room.</summary>
/// <param name="Rigs">Rigs it serves; empty means all.</param>
sealed record PlanNode(string NodeId, int FreeSlots, IReadOnlyList<string> Rigs);

/// <summary>A rig's room.</summary>
/// <param name="Closed">Why nothing of it starts (parked, paused, circuit open); null when it may.</param>
sealed record PlanRig(string RigId, int MaxWorkers, int Running, string? Closed);

/// <summary>All that decides who gets the next slot.</summary>
/// <param name="StartsLeft">Starts the rate still allows now.</param>
/// <param name="Closed">Why nothing starts in the whole town; null when it may.</param>
/// <param name="BusyAgents">Agents that hold or were handed something already.</param>
/// <param name="ConvoysRunning">Running assignments per convoy.</param>
/// <param name="ConvoysClosed">Why nothing of a convoy starts; others may.</param>
sealed record PlanInput(
    DateTimeOffset Now, TimeSpan Step, IReadOnlyList<PlanCandidate> Waiting, IReadOnlyList<PlanNode> Nodes, IReadOnlyList<PlanRig> Rigs,
    int MaxWorkers, int Running, int StartsLeft, string? Closed, IReadOnlySet<string> BusyAgents, IReadOnlyDictionary<string, int> ConvoysRunning,
    IReadOnlyDictionary<string, string>? ConvoysClosed = null);

/// <summary>This assignment starts on this node.</summary>
sealed record PlanGrant(Guid AssignmentId, string NodeId);

/// <summary>This assignment waits, and for what.</summary>
sealed record PlanWait(Guid AssignmentId, string Reason);

/// <summary>Who starts now, and why the others do not.</summary>
sealed record Plan(IReadOnlyList<PlanGrant> Grants, IReadOnlyList<PlanWait> Waits);

/// <summary>
/// Who gets the next slot. Never more than node, rig and town allow. Whoever has waited longer than the bound goes first,
/// in order; the others by the level they reached by waiting, then the rig and the convoy that run least, then rank.
/// </summary>
static class Planner
{
    public static Plan Make(PlanInput input)
    {
        var town = Math.Max(0, Math.Min(input.MaxWorkers - input.Running, input.StartsLeft));
        var room = new Room(input);
        var bound = Ageing.Bound(input.Step);
        var waiting = input.Waiting.OrderBy(c => c.Rank).ThenBy(c => c.AssignmentId).ToList();
        var grants = new List<PlanGrant>();
        while (town > 0 && input.Closed is null)
        {
            var next = waiting.Where(c => room.Obstacle(c) is null).MinBy(c => Order(c, input, room, bound));
            if (next is null) break;
            grants.Add(new PlanGrant(next.AssignmentId, room.Take(next)));
            waiting.Remove(next);
            town--;
        }
        var all = input.Closed
            ?? (input.Running + grants.Count >= input.MaxWorkers ? "the town runs as many workers as it may"
            : grants.Count >= input.StartsLeft ? "the start rate of the town is reached" : null);
        return new Plan(grants, [.. waiting.Select(c => new PlanWait(c.AssignmentId, all ?? room.Obstacle(c) ?? "its turn has not come"))]);
    }

    static (int Overdue, int Level, int Rig, int Convoy, long Rank, Guid Id) Order(PlanCandidate c, PlanInput input, Room room, TimeSpan bound)
    {
        var waited = input.Now - c.QueuedAt;
        return waited >= bound
            ? (0, 0, 0, 0, c.Rank, c.AssignmentId)
            : (1, Ageing.Level(c.Priority, waited, input.Step), room.Running(c.RigId), room.ConvoyRunning(c), c.Rank, c.AssignmentId);
    }

    /// <summary>What is left while slots are handed out.</summary>
    sealed class Room(PlanInput input)
    {
        readonly Dictionary<string, int> _slots = input.Nodes.ToDictionary(n => n.NodeId, n => n.FreeSlots);
        readonly Dictionary<string, PlanRig> _rigs = input.Rigs.ToDictionary(r => r.RigId);
        readonly Dictionary<string, int> _running = input.Rigs.ToDictionary(r => r.RigId, r => r.Running);
        readonly Dictionary<string, int> _convoys = new(input.ConvoysRunning);
        readonly HashSet<string> _busy = [.. input.BusyAgents];

        public int Running(string rigId) => _running.GetValueOrDefault(rigId);

        public int ConvoyRunning(PlanCandidate c) => c.ConvoyId is null ? 0 : _convoys.GetValueOrDefault(c.ConvoyId);

        public string? Obstacle(PlanCandidate c)
        {
            if (!_rigs.TryGetValue(c.RigId, out var rig)) return "its rig is not known here yet";
            if (rig.Closed is not null) return rig.Closed;
            if (c.ConvoyId is not null && input.ConvoysClosed?.GetValueOrDefault(c.ConvoyId) is { } closed) return closed;
            if (Running(c.RigId) >= rig.MaxWorkers) return "no free slot: the rig runs as many workers as it may";
            if (c.AgentId is not null && _busy.Contains(c.AgentId)) return "its agent is busy";
            if (!Serving(c.RigId).Any()) return "no node serves the rig";
            return Serving(c.RigId).Any(n => _slots[n.NodeId] > 0) ? null : "no free slot on any node";
        }

        public string Take(PlanCandidate c)
        {
            var node = Serving(c.RigId).MaxBy(n => (_slots[n.NodeId], n.NodeId))!.NodeId;
            _slots[node]--;
            _running[c.RigId]++;
            if (c.ConvoyId is not null) _convoys[c.ConvoyId] = ConvoyRunning(c) + 1;
            if (c.AgentId is not null) _busy.Add(c.AgentId);
            return node;
        }

        IEnumerable<PlanNode> Serving(string rigId) => input.Nodes.Where(n => n.Rigs.Count == 0 || n.Rigs.Contains(rigId));
    }
}
