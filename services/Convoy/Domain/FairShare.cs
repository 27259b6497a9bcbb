namespace ClaudeManage.Convoy.Domain;

/// <summary>An item that could be slung now.</summary>
/// <param name="Rank">Weight of the longest chain that begins with it.</param>
sealed record Candidate(string ConvoyId, string WorkItemId, string RigId, double Rank, int Priority);

/// <summary>A convoy that slings, and what it has on hooks.</summary>
/// <param name="Max">Null means no bound of its own.</param>
sealed record Share(string ConvoyId, int Running, int? Max, DateTimeOffset Since);

/// <summary>Who is slung next.</summary>
static class FairShare
{
    /// <summary>
    /// Place by place to the convoy that has least on hooks, the older one of two, and of its items to the one with the longest chain behind it. No convoy
    /// passes its bound, no rig its free places, and no item is chosen twice.
    /// </summary>
    public static IReadOnlyList<Candidate> Pick(IReadOnlyCollection<Share> shares, IEnumerable<Candidate> candidates, IReadOnlyDictionary<string, int> freePlaces)
    {
        var free = new Dictionary<string, int>(freePlaces);
        var queues = candidates.OrderByDescending(c => c.Rank).ThenBy(c => c.Priority).ThenBy(c => c.WorkItemId, StringComparer.Ordinal)
            .GroupBy(c => c.ConvoyId).ToDictionary(g => g.Key, g => new LinkedList<Candidate>(g));
        var running = shares.ToDictionary(s => s.ConvoyId, s => s.Running);
        var taking = shares.Where(s => queues.ContainsKey(s.ConvoyId)).ToList();
        var (picked, taken) = (new List<Candidate>(), new HashSet<string>());
        while (taking.Where(s => s.Max is null || running[s.ConvoyId] < s.Max).OrderBy(s => running[s.ConvoyId]).ThenBy(s => s.Since).ThenBy(s => s.ConvoyId, StringComparer.Ordinal).FirstOrDefault() is { } next)
        {
            if (First(queues[next.ConvoyId]) is not { } chosen)
            {
                taking.Remove(next);
                continue;
            }
            picked.Add(chosen);
            taken.Add(chosen.WorkItemId);
            free[chosen.RigId]--;
            running[next.ConvoyId]++;
        }
        return picked;

        Candidate? First(LinkedList<Candidate> queue)
        {
            for (var node = queue.First; node is not null;)
            {
                var (at, after) = (node.Value, node.Next);
                if (taken.Contains(at.WorkItemId) || free.GetValueOrDefault(at.RigId) <= 0) queue.Remove(node);
                else
                {
                    queue.Remove(node);
                    return at;
                }
                node = after;
            }
            return null;
        }
    }
}
