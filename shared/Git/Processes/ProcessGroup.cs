using System.Text;

namespace ClaudeManage.Git;

/// <summary>What was left after a stop. <paramref name="Clean"/> is only true when a search found nothing alive.</summary>
/// <param name="Steps">What was sent to how many, in order, for the record.</param>
public sealed record StopProof(bool Clean, IReadOnlyList<int> Survivors, string Steps);

/// <summary>
/// Everything that belongs to one spawn: the session it leads (whatever process groups a shell made in it) and every
/// process that carries its mark, wherever it moved (setsid, double fork, daemon).
/// </summary>
public sealed class ProcessGroup(TimeProvider time)
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    /// <summary>True only for that very process; a zombie, or another process under the same pid, is not it.</summary>
    public static bool IsAlive(ProcessIdentity id) =>
        id.OfThisBoot && ProcessTable.Find(id.Pid) is { Dead: false } p && p.Start == id.Start;

    /// <summary>Signals that one process, not its group. False when it is gone, also when another one has its pid by now.</summary>
    public static bool Send(ProcessIdentity id, Signal signal) => (IsAlive(id) || !ProcessTable.HasProc) && Native.Send(id.Pid, signal);

    /// <summary>Pids of live processes (never our own) whose environment has exactly this value. A process that cleared its environment is not found.</summary>
    public static IReadOnlyList<int> FindByMark(string name, string value) =>
        [.. ProcessTable.All().Where(p => !p.Dead && p.Pid != Environment.ProcessId && ProcessTable.Carries(p.Pid, new(name, value))).Select(p => p.Pid)];

    /// <summary>
    /// Stops all of it, step by step, until a search finds nothing. When the pid now belongs to somebody else, only what
    /// carries the mark is touched. Never throws for a process that is already gone.
    /// </summary>
    public async Task<StopProof> StopAsync(ProcessIdentity id, ProcessMark? mark, StopLadder ladder, CancellationToken ct = default)
    {
        var steps = new StringBuilder();
        var left = Members(id, mark);
        foreach (var step in ladder.Steps)
        {
            if (left.Count == 0) break;
            var from = time.GetTimestamp();
            var asked = left.Count;
            Send(id, left, step.Signal);
            while ((left = Members(id, mark)).Count > 0 && time.GetElapsedTime(from) < step.Wait)
            {
                await Task.Delay(Poll, time, ct);
                // Killing goes on: a member may have forked between the search and the signal.
                if (step.Signal == Signal.Kill) Send(id, Members(id, mark), step.Signal);
            }
            steps.Append(steps.Length == 0 ? "" : "; ")
                .Append($"{step.Signal} to {asked}, {left.Count} left after {time.GetElapsedTime(from).TotalMilliseconds:0} ms");
        }
        if (steps.Length == 0) steps.Append("nothing was running");
        return new(left.Count == 0, [.. left.Select(p => p.Pid)], steps.ToString());
    }

    /// <summary>Live processes of the spawn, right now.</summary>
    internal static List<ProcessTable.Entry> Members(ProcessIdentity id, ProcessMark? mark)
    {
        if (!id.OfThisBoot) return [];
        if (!ProcessTable.HasProc) return ProcessTable.Find(id.Pid) is { Dead: false } p && p.Start == id.Start ? [p] : [];
        var all = ProcessTable.All().ToList();
        // The kernel gives a pid away again only when no session or group bears its number any more: so if the pid is
        // somebody else's now, nothing of our session is left.
        var reused = all.Any(p => p.Pid == id.Pid && p.Start != id.Start);
        return [.. all.Where(p => !p.Dead && p.Pid != Environment.ProcessId && p.Start >= id.Start
            && ((!reused && p.Session == id.Pid) || (mark is { } m && ProcessTable.Carries(p.Pid, m)) || (p.Pid == id.Pid && p.Start == id.Start)))];
    }

    static void Send(ProcessIdentity id, List<ProcessTable.Entry> members, Signal signal)
    {
        // One call reaches the whole group at once, also a child forked this instant; the rest one by one.
        var group = members.Any(p => p.Group == id.Pid) && Native.Send(-id.Pid, signal);
        foreach (var p in members.Where(p => !group || p.Group != id.Pid))
            if (ProcessTable.Find(p.Pid)?.Start == p.Start)
                Native.Send(p.Pid, signal);
    }
}
