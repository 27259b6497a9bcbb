namespace ClaudeManage.Journeys.Chaos;

/// <summary>
/// Whether what clients were told and what the town shows afterwards can both be true. Knows nothing of how the town works inside.
/// Each finding begins with the name of the promise that is broken.
/// </summary>
public static class HistoryChecker
{
    /// <summary>Empty when every promise held.</summary>
    public static IReadOnlyList<string> Check(History history, TownView town) =>
        [.. Items(history, town), .. Completions(history, town), .. Fences(history, town), .. Tokens(history, town), .. Trail(town), .. Convoys(town), .. Effects(town)];

    static IEnumerable<string> Items(History history, TownView town)
    {
        var shown = town.Items.Select(i => i.Id).ToHashSet();
        foreach (var lost in history.Creations.Where(c => !shown.Contains(c.Id))) yield return $"lost item: {lost.Id} was acknowledged and is not there";
        foreach (var twice in history.Creations.GroupBy(c => c.Title).Where(g => g.Select(c => c.Id).Distinct().Count() > 1))
            yield return $"doubled item: \"{twice.Key}\" was acknowledged as {string.Join(" and ", twice.Select(c => c.Id).Distinct())}";
        foreach (var twice in town.Items.GroupBy(i => i.Title).Where(g => g.Count() > 1))
            yield return $"doubled item: \"{twice.Key}\" is there as {string.Join(" and ", twice.Select(i => i.Id))}";
        var told = history.Creations.Select(c => c.Id).ToHashSet();
        foreach (var extra in town.Items.Where(i => !told.Contains(i.Id))) yield return $"unknown item: nobody was told of {extra.Id}";
        foreach (var open in town.Items.Where(i => !i.Closed)) yield return $"unfinished item: {open.Id} is not closed";
    }

    static IEnumerable<string> Completions(History history, TownView town)
    {
        var items = town.Items.ToDictionary(i => i.Id);
        foreach (var byItem in history.Completions.Where(c => c.Accepted).GroupBy(c => c.Item))
        {
            if (byItem.Count(c => !c.Replayed) > 1) yield return $"doubled completion: {byItem.Key} was accepted {byItem.Count(c => !c.Replayed)} times as new";
            var fences = byItem.SelectMany(c => new[] { c.Fence, c.AnsweredFence!.Value }).Distinct().ToList();
            if (fences.Count > 1) yield return $"doubled completion: {byItem.Key} was accepted under the fences {string.Join(" and ", fences)}";
            if (!items.TryGetValue(byItem.Key, out var item) || !item.Closed) yield return $"lost completion: {byItem.Key} was accepted and is not closed";
            else if (item.Fence != fences[0]) yield return $"wrong completion: {byItem.Key} was accepted under fence {fences[0]} and closed under {item.Fence}";
            else if (byItem.All(c => c.Worker != item.By)) yield return $"wrong completion: {byItem.Key} was accepted of {byItem.First().Worker} and closed for {item.By}";
        }
        foreach (var refused in history.Completions.Where(c => !c.Accepted && items.TryGetValue(c.Item, out var i) && i.Fence == c.Fence))
            yield return $"wrong completion: {refused.Item} was refused under fence {refused.Fence} and closed with it all the same";
        foreach (var (type, name) in new[] { ("work-item.closed", "closed"), ("assignment.completed", "completed") })
        {
            var counts = town.Trail.Where(e => e.Type == type && e.Item is not null).GroupBy(e => e.Item!).ToDictionary(g => g.Key, g => g.Count());
            foreach (var item in town.Items.Where(i => i.Closed && counts.GetValueOrDefault(i.Id) != 1))
                yield return $"doubled completion: the trail has {item.Id} {name} {counts.GetValueOrDefault(item.Id)} times";
        }
    }

    static IEnumerable<string> Fences(History history, TownView town)
    {
        foreach (var item in history.Grants.GroupBy(g => g.Item))
        {
            foreach (var same in item.GroupBy(g => g.Fence).Where(g => g.Count() > 1)) yield return $"fence: {item.Key} was leased {same.Count()} times under {same.Key}";
            foreach (var before in item)
                foreach (var after in item.Where(g => before.Answered < g.Asked && g.Fence <= before.Fence))
                    yield return $"fence: {item.Key} was leased under {before.Fence} and later under {after.Fence}";
        }
        // The trail's sequence is the order in which news came; a delivery that failed at first comes late.
        var recorded = town.Trail.Where(e => e is { Type: "lease.granted", Item: not null }).OrderBy(e => e.EmittedAt).GroupBy(e => e.Item!)
            .ToDictionary(g => g.Key, g => g.Select(e => e.Fence ?? 0).ToList());
        foreach (var (item, fences) in recorded.Where(r => r.Value.Zip(r.Value.Skip(1)).Any(p => p.Second <= p.First)))
            yield return $"fence: the trail has the leases of {item} under {string.Join(", ", fences)}";
        foreach (var grant in history.Grants.Where(g => !recorded.GetValueOrDefault(g.Item, []).Contains(g.Fence)))
            yield return $"lost lease: {grant.Item} was leased under {grant.Fence}, which the trail does not know";
    }

    static IEnumerable<string> Tokens(History history, TownView town)
    {
        foreach (var done in history.Completions.Where(c => c.Accepted))
        {
            if (done.KnownStale) yield return $"stale token: {done.Item} was accepted under {done.Fence} after that lease was seen to be over";
            if (history.Grants.Any(g => g.Item == done.Item && g.Fence > done.Fence && g.Answered < done.Asked))
                yield return $"stale token: {done.Item} was accepted under {done.Fence} after a newer lease";
            if (history.Grants.All(g => g.Item != done.Item || g.Fence != done.Fence || g.Worker != done.Worker))
                yield return $"stale token: {done.Item} was accepted under {done.Fence}, which {done.Worker} never held";
        }
        foreach (var item in town.Items.Where(i => i.Fence is { } fence && history.Grants.All(g => g.Item != i.Id || g.Fence != fence)))
            yield return $"stale token: {item.Id} is closed under fence {item.Fence}, which nobody was given";
    }

    static IEnumerable<string> Trail(TownView town)
    {
        if (town.TrailProblem is not null) yield return $"trail: {town.TrailProblem}";
        for (var i = 0; i < town.Trail.Count; i++)
        {
            if (town.Trail[i].Sequence == i + 1) continue;
            yield return $"trail: place {i + 1} holds sequence {town.Trail[i].Sequence}";
            break;
        }
        foreach (var twice in town.Trail.GroupBy(e => e.Id).Where(g => g.Count() > 1)) yield return $"trail: event {twice.Key} is there {twice.Count()} times";
        foreach (var difference in town.ReplayDifferences) yield return $"replay: {difference}";
    }

    /// <summary>An assignment that is exhausted raises an incident by one message to a service that counts them.</summary>
    static IEnumerable<string> Effects(TownView town)
    {
        var raised = town.Incidents.GroupBy(i => i.Cause).ToDictionary(g => g.Key, g => g.Sum(i => i.Count));
        foreach (var item in town.Trail.Where(e => e is { Type: "assignment.exhausted", Item: not null }).GroupBy(e => e.Item!))
        {
            var times = raised.GetValueOrDefault($"exhausted:{item.Key}");
            if (times < item.Count()) yield return $"lost effect: {item.Key} was exhausted {item.Count()} times and an incident raised {times} times";
            if (times > item.Count()) yield return $"doubled effect: {item.Key} was exhausted {item.Count()} times and an incident raised {times} times";
        }
    }

    static IEnumerable<string> Convoys(TownView town)
    {
        foreach (var convoy in town.Convoys)
        {
            var landings = town.Trail.Count(e => e.Type == "convoy.landed" && e.Convoy == convoy.Id);
            if (!convoy.Landed || landings != 1) yield return $"convoy: {convoy.Id} is {(convoy.Landed ? "landed" : "not landed")}, {landings} times in the trail";
        }
    }
}
