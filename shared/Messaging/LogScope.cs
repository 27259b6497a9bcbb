using System.Collections;

namespace ClaudeManage.Messaging;

/// <summary>A log scope: by whom and about which item a line is.</summary>
public sealed class LogScope(string? actor, string? workItem) : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>Names of its attributes, the same on spans.</summary>
    public const string ActorKey = "actor", WorkItemKey = "work_item";

    /// <summary>Address of whoever caused it.</summary>
    public string? Actor => actor;

    /// <summary>The item's id.</summary>
    public string? WorkItem => workItem;

    /// <inheritdoc />
    public int Count => (actor is null ? 0 : 1) + (workItem is null ? 0 : 1);

    /// <inheritdoc />
    public KeyValuePair<string, object?> this[int index] => index >= 0 && index < Count
        ? actor is not null && index == 0 ? new(ActorKey, actor) : new(WorkItemKey, workItem)
        : throw new ArgumentOutOfRangeException(nameof(index));

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc />
    public override string ToString() => string.Join(' ', new[] { workItem, actor }.Where(x => x is not null));
}
