using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Town;

namespace ClaudeManage.Supervisor.Running;

/// <summary>What the town says of the end of work items, each asked for once in a round. What it does not know counts as open.</summary>
sealed class ClosedWork(ITownCalls town)
{
    readonly Dictionary<string, ItemEnd?> _known = [];

    /// <summary>Items that the town knows nothing of.</summary>
    public SortedSet<string> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>Null while it is not over.</summary>
    /// <exception cref="TownUnreachableException">It did not answer.</exception>
    public async Task<ItemEnd?> EndOfAsync(string workItemId, CancellationToken ct)
    {
        if (_known.TryGetValue(workItemId, out var known)) return known;
        try
        {
            var item = await town.WorkItemAsync(workItemId, ct);
            return _known[workItemId] = ItemEnd.Of(item.State, item.CompletedAt, item.DeletedAt, item.Outcome?.Kind);
        }
        catch (TownRefusedException)
        {
            Unknown.Add(workItemId);
            return _known[workItemId] = null;
        }
    }
}
