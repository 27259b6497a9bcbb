using System.Text.Json;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>Turns the dependencies of issues into edges of items, after the issues are known.</summary>
sealed class BeadsEdges(IReadOnlyDictionary<string, BeadsIssue> issues, IReadOnlyDictionary<string, JsonElement> skipped, IdMap ids, LossReport losses)
{
    const int MaxPerItem = 100, MaxTarget = 200;

    sealed record Edge(string Issue, string Target, string Type, JsonElement Json);

    readonly Dictionary<(string Issue, string Target), ExportedDependency> _edges = [];
    readonly Dictionary<string, string> _parents = [];

    public void Connect(IEnumerable<JsonElement> dependencies)
    {
        var edges = dependencies.Select(d => new Edge(d.Text("issue_id") ?? "", d.Text("depends_on_id") ?? "", d.Text("type") ?? "blocks", d)).Where(IsUsable).ToList();
        foreach (var edge in edges.Where(e => e.Type == "parent-child")) TakeParent(edge);
        foreach (var edge in edges.Where(e => e.Type is "blocks" or "conditional-blocks")) TakeBlocker(edge);
        foreach (var edge in edges.Where(e => e.Type == "waits-for")) TakeWait(edge);
        foreach (var edge in edges.Where(e => BeadsWords.Edge(e.Type) is DependencyType.Related or DependencyType.DiscoveredFrom)) Add(edge, BeadsWords.Edge(edge.Type)!.Value);
        foreach (var group in _edges.GroupBy(e => e.Key.Issue))
        {
            var sorted = group.Select(e => e.Value).OrderByDescending(e => e.Type is DependencyType.Blocks or DependencyType.ParentChild).ThenBy(e => e.TargetId, StringComparer.Ordinal).ToList();
            foreach (var left in sorted.Skip(MaxPerItem))
            {
                if (left.Type == DependencyType.Blocks) throw new BeadsException($"{group.Key} waits for more than {MaxPerItem} others, which is the limit. Put an issue in between that collects some of them.");
                losses.Note($"more than {MaxPerItem} dependencies of an issue: those that decide nothing are left out", $"{group.Key} → {left.TargetId}");
            }
            issues[group.Key].Connect([.. sorted.Take(MaxPerItem)]);
        }
    }

    bool IsUsable(Edge edge)
    {
        var shown = $"{edge.Issue} → {edge.Target}";
        if (!issues.ContainsKey(edge.Issue)) losses.Note("dependency of something that did not come along: left out", shown);
        else if (edge.Issue == edge.Target) losses.Note("dependency on itself: left out", shown);
        else if (edge.Target.Length is 0 or > MaxTarget || edge.Target.Any(c => c is <= ' ' or > '~')) losses.Note("dependency on something that is no name: left out", shown);
        else
        {
            if (!BeadsWords.IsSameEdge(edge.Type) && edge.Type != "waits-for") losses.Note($"dependency type {edge.Type}: {(edge.Type == "conditional-blocks" ? "blocks" : "related")} here", shown);
            if (!issues.ContainsKey(edge.Target) && !skipped.ContainsKey(edge.Target)) losses.Note("dependency on something that is not in the data: kept, and never blocks", shown);
            return true;
        }
        return false;
    }

    void TakeParent(Edge edge)
    {
        if (!issues.ContainsKey(edge.Target)) Weaken(edge, "parent that did not come along: related here");
        else if (_parents.TryGetValue(edge.Issue, out var first)) { if (first != edge.Target) Weaken(edge, "second parent: related here"); else Add(edge, DependencyType.ParentChild); }
        else
        {
            _parents.Add(edge.Issue, edge.Target);
            Add(edge, DependencyType.ParentChild);
        }
    }

    void TakeBlocker(Edge edge)
    {
        if (Above(edge.Issue).Contains(edge.Target)) Weaken(edge, "waits for what is above it: related here, else it would wait for itself");
        else if (Above(edge.Target).Contains(edge.Issue)) Weaken(edge, "waits for what is below it: related here, it is finished by finishing that anyway");
        else if (issues.TryGetValue(edge.Target, out var target) && target.IsPinned) Weaken(edge, "waits for something pinned, which never blocks: related here");
        else
        {
            if (skipped.TryGetValue(edge.Target, out var left) && left.Text("status") is not ("closed" or "tombstone" or "pinned")) Hold(edge, "waits for something open that is no work item");
            Add(edge, DependencyType.Blocks);
        }
    }

    /// <summary>It waits for the children of a spawner, as they are now.</summary>
    void TakeWait(Edge edge)
    {
        var metadata = Metadata(edge.Json);
        var spawner = metadata?.Text("spawner_id") ?? edge.Target;
        var children = _parents.Where(p => p.Value == spawner && p.Key != edge.Issue).Select(p => p.Key).ToList();
        Weaken(edge, "dependency type waits-for: related here, and it waits for the children there are");
        if (metadata?.Text("gate") != "any-children")
            foreach (var child in children) TakeBlocker(edge with { Target = child, Type = "blocks" });
        else if (children.Count > 0 && !children.Any(c => issues[c].Item.State == WorkItemState.Closed)) Hold(edge, "waits for any of several");
    }

    void Hold(Edge edge, string why)
    {
        losses.Note($"{why}: put off until somebody looks (label held:waits)", $"{edge.Issue} → {edge.Target}");
        issues[edge.Issue].Hold("waits");
    }

    void Weaken(Edge edge, string why)
    {
        losses.Note(why, $"{edge.Issue} → {edge.Target}");
        Add(edge, DependencyType.Related);
    }

    // The ones that decide come first: of two edges of a pair the first stays.
    void Add(Edge edge, DependencyType type)
    {
        var issue = issues[edge.Issue];
        var made = new ExportedDependency(ids[edge.Target], type, Texts.Name(edge.Json.Text("created_by") ?? issue.Item.CreatedBy), edge.Json.Time("created_at") ?? issue.Item.CreatedAt);
        if (made.TargetId != issue.Item.Id && _edges.TryAdd((edge.Issue, ids[edge.Target]), made)) return;
        losses.Note("dependency given more than once for a pair: the first that decides stays", $"{edge.Issue} → {edge.Target}");
    }

    HashSet<string> Above(string issue)
    {
        var above = new HashSet<string>();
        for (var at = issue; _parents.TryGetValue(at, out var parent) && above.Add(parent);) at = parent;
        return above;
    }

    static JsonElement? Metadata(JsonElement dependency)
    {
        if (!dependency.TryGetProperty("metadata", out var value)) return null;
        if (value.ValueKind == JsonValueKind.Object) return value;
        try { return value.ValueKind == JsonValueKind.String && JsonElement.Parse(value.GetString()!) is { ValueKind: JsonValueKind.Object } parsed ? parsed : null; }
        catch (JsonException) { return null; }
    }
}
