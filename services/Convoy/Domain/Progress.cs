using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Convoy.Domain;

/// <summary>What a convoy knows of one of its items.</summary>
sealed record ItemFact(
    string Id, string? RigId, WorkItemState? State, bool Ready, OutcomeKind? Outcome, string? AgentId, IReadOnlyList<string> BlockedBy);

/// <summary>The arithmetic of an initiative.</summary>
static class Progress
{
    /// <summary>Counts per kind. An item nothing is known of yet counts as blocked.</summary>
    public static ConvoyProgress Count(IReadOnlyCollection<ItemFact> items) => new(
        items.Count,
        items.Count(i => i.State is WorkItemState.Closed),
        items.Count(i => i.State is WorkItemState.Submitted),
        items.Count(i => i.State is WorkItemState.InProgress),
        items.Count(i => i.State is WorkItemState.Hooked || i is { State: WorkItemState.Open, Ready: true }),
        items.Count(i => i.State is null or WorkItemState.Parked || i is { State: WorkItemState.Open, Ready: false }),
        items.Count(i => i.Outcome is OutcomeKind.Failed));

    /// <summary>True when there is something to land and all of it is closed. An empty convoy never lands by itself.</summary>
    public static bool IsComplete(IReadOnlyCollection<ItemFact> items) => items.Count > 0 && items.All(i => i.State is WorkItemState.Closed);

    /// <summary>Why an item is not moving by itself; null when it is running or over.</summary>
    public static string? WaitingFor(ItemFact item) => item.State switch
    {
        null => "news of the item",
        WorkItemState.Hooked => "a worker",
        WorkItemState.Parked => "its gate",
        WorkItemState.Submitted => "the merge queue",
        WorkItemState.Open when item.Ready => "a sling",
        WorkItemState.Open => item.BlockedBy.Count > 0 ? string.Join(", ", item.BlockedBy) : "something outside the convoy",
        _ => null,
    };

    /// <summary>
    /// Layers in which the items can run: an item stands one layer after the last of its blockers inside the convoy (Kahn).
    /// Items on a cycle, which Work refuses, would be left out.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>> Waves(IReadOnlyCollection<ItemFact> items)
    {
        var waiting = items.ToDictionary(i => i.Id, i => i.BlockedBy.Where(b => items.Any(o => o.Id == b)).ToHashSet());
        var waves = new List<IReadOnlyList<string>>();
        while (waiting.Count > 0)
        {
            var wave = waiting.Where(w => w.Value.Count == 0).Select(w => w.Key).Order(StringComparer.Ordinal).ToList();
            if (wave.Count == 0) break;
            waves.Add(wave);
            foreach (var id in wave) waiting.Remove(id);
            foreach (var blockers in waiting.Values) blockers.ExceptWith(wave);
        }
        return waves;
    }
}
