using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Suite;

namespace ClaudeManage.Health.Domain;

/// <summary>When the deacon worries.</summary>
sealed record DeaconLimits(TimeSpan Late, TimeSpan OutboxLate, long DiskLow, long Backlog);

/// <summary>A machine that runs agents, as the deacon sees it.</summary>
sealed record NodeView(string NodeId, DateTimeOffset HeardAt, bool Withdrawn, int Live);

/// <summary>A rig's witness: when its next look is due, if it has anything to look at.</summary>
sealed record WitnessView(string Name, DateTimeOffset? DueAt);

/// <summary>All that the deacon looks at in one round.</summary>
/// <param name="Since">When its own process began: of nobody could it hear before that.</param>
sealed record DeaconView(IReadOnlyList<ModulePulse> Pulses, IReadOnlyList<NodeView> Nodes, IReadOnlyList<WitnessView> Witnesses, TimeSpan NodeSilent, DateTimeOffset Since);

/// <summary>Something the deacon found; the same cause is one incident as long as it lasts.</summary>
sealed record DeaconFinding(string Cause, Severity Severity, string What, string Why, string Action);

/// <summary>What a round looked at, what it could not look at, and what it found.</summary>
sealed record DeaconReport(IReadOnlyList<string> Looked, IReadOnlyList<string> Missed, IReadOnlyList<DeaconFinding> Findings);

/// <summary>The deacon's round over services, queues, disks, databases, roles, nodes and witnesses: what is known in, findings out.</summary>
static class DeaconRules
{
    /// <summary>Begins the cause of all its incidents.</summary>
    public const string Prefix = "deacon:";

    /// <summary>Services without which no town works.</summary>
    public static readonly IReadOnlyList<string> Services = ["work", "hook", "workflow", "convoy", "refinery", "health"];

    /// <summary>One round.</summary>
    public static DeaconReport Look(DeaconView view, DeaconLimits limits, DateTimeOffset now)
    {
        var (looked, missed, findings) = (new List<string>(), new List<string>(), new List<DeaconFinding>());
        foreach (var service in Services.Union(view.Pulses.Select(p => p.Service)).Order(StringComparer.Ordinal))
        {
            var replicas = view.Pulses.Where(p => p.Service == service).OrderByDescending(p => p.At).ToList();
            if (replicas.Count == 0)
            {
                missed.Add($"{service}: nothing was heard of it yet");
                continue;
            }
            var alive = replicas.Where(p => now <= p.NextBy + limits.Late).ToList();
            if (alive.Count == 0)
            {
                missed.Add($"{service}: silent, so its queues, disk and roles are not known");
                if (IsLate(replicas.Max(p => p.NextBy)))
                    findings.Add(new($"{Prefix}service:{service}", Severity.Critical, $"The service {service} is silent", $"Nothing was heard of it since {replicas[0].At:u}; it should have spoken by {replicas[0].NextBy:u}.",
                        $"See whether it runs and reaches the bus: GET /health/ready of {service}, and its log"));
                continue;
            }
            looked.Add(alive.Count == 1 ? service : $"{service} ({alive.Count} replicas)");
            if (alive[0].Vitals.Backlog is null) missed.Add($"{service}: the broker did not say how many messages wait before it");
            Service(service, alive, view.Since, limits, now, findings);
        }
        foreach (var node in view.Nodes.Where(n => !n.Withdrawn))
        {
            looked.Add($"node {node.NodeId}");
            if (IsLate(node.HeardAt + view.NodeSilent) && node.Live > 0)
                findings.Add(new($"{Prefix}node:{node.NodeId}", Severity.High, $"The node {node.NodeId} is silent", $"Nothing was heard of it since {node.HeardAt:u}; {node.Live} sessions ran there.",
                    "Start its supervisor again: it adopts or ends what it finds"));
        }
        foreach (var witness in view.Witnesses)
        {
            looked.Add(witness.Name);
            if (witness.DueAt is { } due && IsLate(due))
                findings.Add(new($"{Prefix}witness:{witness.Name}", Severity.High, $"{witness.Name} does not look", $"Its next look was due at {witness.DueAt:u}.", "cm dead-letters list --service health; the log of health may say more"));
        }
        return new(looked, missed, findings);

        bool IsLate(DateTimeOffset due) => Instants.Later(due, view.Since) + limits.Late < now;
    }

    static void Service(string service, List<ModulePulse> alive, DateTimeOffset since, DeaconLimits limits, DateTimeOffset now, List<DeaconFinding> findings)
    {
        // All replicas of a service share a database, so the newest speaks for it.
        var newest = alive[0].Vitals;
        if (newest.OutboxAgeSeconds > limits.OutboxLate.TotalSeconds)
            findings.Add(new($"{Prefix}outbox:{service}", Severity.High, $"Messages of {service} do not leave", $"{newest.OutboxDue} are due, the oldest since {newest.OutboxAgeSeconds:0} s.", "See whether the broker and the receivers answer: cm doctor"));
        if (newest.DeadLetters > 0)
            findings.Add(new($"{Prefix}dead-letters:{service}", Severity.Low, $"{service} gave up on messages", $"{newest.DeadLetters} wait for somebody.", $"cm dead-letters list --service {service}"));
        // Nodes have endpoints of their own each; of one that replicas share, the newest speaks.
        foreach (var endpoint in alive.SelectMany(p => p.Vitals.Backlog ?? []).DistinctBy(b => b.Endpoint).Where(b => b.Waiting > limits.Backlog))
            findings.Add(new($"{Prefix}backlog:{endpoint.Endpoint}", endpoint.Consumers == 0 ? Severity.High : Severity.Medium, $"{endpoint.Endpoint} does not keep up",
                $"{endpoint.Waiting} messages wait before it{(endpoint.Consumers switch { 0 => ", and nobody takes them", { } n => $", with {n} consumer{(n == 1 ? "" : "s")}", null => "" })}.",
                $"See whether {service} runs well: its log, its database; a queue that nobody takes from belongs to a service or node that is gone"));
        foreach (var replica in alive.Where(p => p.Vitals.DiskFreeBytes < limits.DiskLow))
            findings.Add(new($"{Prefix}disk:{service}:{replica.Replica}", Severity.High, $"The disk of {service} is nearly full", $"{replica.Vitals.DiskFreeBytes / (1 << 20)} MiB are left at {replica.Replica}.", "Make room: a town with a full disk stops taking work"));
        // A role works in one replica at least; the latest beat counts. A replica that began after it may not have come round yet.
        var began = Instants.Later(alive.Max(p => p.StartedAt) ?? since, since);
        foreach (var role in alive.SelectMany(p => p.Roles).GroupBy(r => r.Role))
            if (role.MaxBy(r => r.NextBy) is { } beat && Instants.Later(beat.NextBy, began) + limits.Late + PulseAge(alive, now) < now)
                findings.Add(new($"{Prefix}role:{beat.Role}", Severity.High, $"The {beat.Role} does not come round", $"{service} lives, and its {beat.Role} was last seen at {beat.At:u}; it should have come round by {beat.NextBy:u}.",
                    $"The log of {service} may say why; starting it again loses nothing"));
    }

    /// <summary>A beat is known as of its pulse: what came round since is not known yet.</summary>
    static TimeSpan PulseAge(List<ModulePulse> alive, DateTimeOffset now) => now - alive.Max(p => p.At) is { Ticks: > 0 } age ? age : TimeSpan.Zero;
}
