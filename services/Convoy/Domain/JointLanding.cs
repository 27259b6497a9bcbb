namespace ClaudeManage.Convoy.Domain;

/// <summary>When a convoy that lands together may land.</summary>
static class JointLanding
{
    /// <summary>The merge requests to land: one of each item that is not over. Null while one is missing, and when there is none.</summary>
    public static IReadOnlyList<string>? Ready(IReadOnlyCollection<ItemFact> items)
    {
        var left = items.Where(i => !i.IsOver).ToList();
        return left.Count == 0 || left.Exists(i => i.Proved is null) ? null : [.. left.Select(i => i.Proved!).Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether what is said of a request is news: of a later lease, or of the same one and later.</summary>
    public static bool IsNews(long knownFence, long knownVersion, long fence, long version) => fence > knownFence || (fence == knownFence && version > knownVersion);
}
