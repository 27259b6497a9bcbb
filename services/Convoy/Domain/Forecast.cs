using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Convoy.Domain;

/// <summary>How long items took before, in seconds, per rig and in all.</summary>
sealed class History(IReadOnlyDictionary<string, IReadOnlyList<double>> byRig)
{
    readonly Dictionary<string, double[]> _byRig = byRig.ToDictionary(r => r.Key, r => r.Value.Order().ToArray());
    readonly double[] _all = [.. byRig.Values.SelectMany(v => v).Order()];

    /// <summary>Finished items it knows.</summary>
    public int Samples => _all.Length;

    /// <summary>The time that this share of the rig's items did not exceed; of all items where the rig has none; one without any history.</summary>
    public double At(string? rigId, double share)
    {
        var sorted = Sorted(rigId);
        return sorted.Length == 0 ? 1 : At(sorted, share);
    }

    /// <summary>
    /// The same of an item that has run for so long: of those that took longer, what was left of them then. One that outlasted all others is
    /// expected to take that share as long again.
    /// </summary>
    public double Left(string? rigId, double share, double elapsed)
    {
        if (elapsed <= 0) return At(rigId, share);
        double[] longer = [.. Sorted(rigId).Where(s => s > elapsed)];
        return longer.Length == 0 ? share * elapsed : At(longer, share) - elapsed;
    }

    double[] Sorted(string? rigId) => rigId is not null && _byRig.GetValueOrDefault(rigId) is { Length: > 0 } own ? own : _all;

    static double At(double[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}

/// <summary>Plays what is left of a convoy through: whoever is ready and has a place begins, the longest chain first.</summary>
static class Forecast
{
    /// <summary>Null without history.</summary>
    public static ConvoyEstimate? Of(WorkGraph graph, History history, int? maxParallel, Func<string?, int> workers, DateTimeOffset now)
    {
        return history.Samples == 0 ? null : new ConvoyEstimate(Played(0.25), Played(0.5), Played(0.9), history.Samples);

        double Played(double share) => Makespan(graph, i => i.StartedAt is { } since ? history.Left(i.RigId, share, (now - since).TotalSeconds) : history.At(i.RigId, share), maxParallel, workers);
    }

    /// <summary>When it lands; null without an estimate.</summary>
    public static ConvoyForecast? At(DateTimeOffset now, ConvoyEstimate? estimate, DateTimeOffset? deadline) => estimate is null ? null
        : new(now.AddSeconds(estimate.LowSeconds), now.AddSeconds(estimate.ExpectedSeconds), now.AddSeconds(estimate.HighSeconds), now.AddSeconds(estimate.ExpectedSeconds) >= deadline);

    /// <summary>The time until the last item is done.</summary>
    public static double Makespan(WorkGraph graph, Func<PlanItem, double> duration, int? maxParallel, Func<string?, int> workers)
    {
        var behind = Chains.Behind(graph, duration);
        var left = graph.Order.ToDictionary(id => id, id => graph.WaitsFor(id).Count);
        var (ready, running) = (new PriorityQueue<string, (double, string)>(), new PriorityQueue<string, double>());
        var (busy, all, now) = (new Dictionary<string, int>(), 0, 0d);
        foreach (var id in graph.Order.Where(id => left[id] == 0)) Free(id);
        while (true)
        {
            var later = new List<string>();
            while (ready.TryDequeue(out var id, out _))
            {
                var rig = graph[id].RigId ?? "";
                if (all >= Math.Max(1, maxParallel ?? int.MaxValue) || busy.GetValueOrDefault(rig) >= Math.Max(1, workers(graph[id].RigId)))
                {
                    later.Add(id);
                    if (all >= Math.Max(1, maxParallel ?? int.MaxValue)) break;
                    continue;
                }
                busy[rig] = busy.GetValueOrDefault(rig) + 1;
                all++;
                running.Enqueue(id, now + duration(graph[id]));
            }
            foreach (var id in later) ready.Enqueue(id, (-behind[id], id));
            if (!running.TryDequeue(out var done, out var at)) return now;
            now = at;
            busy[graph[done].RigId ?? ""]--;
            all--;
            Done(done);
        }

        void Done(string id)
        {
            foreach (var waiter in graph.Dependants[id]) if (left.ContainsKey(waiter) && --left[waiter] == 0) Free(waiter);
        }

        void Free(string id)
        {
            // What lies outside, is over or has left its worker needs no place and no time.
            if (!graph.Members.Contains(id) || graph[id].IsOver || graph[id].State is WorkItemState.Submitted || graph[id].Container) Done(id);
            else ready.Enqueue(id, (-behind[id], id));
        }
    }
}
