using System.Collections.Frozen;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>What the words of Beads mean here.</summary>
static class BeadsWords
{
    /// <summary>Fields that are read, or derived from others and therefore no loss.</summary>
    public static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(
    [
        "_type", "id", "title", "description", "design", "acceptance_criteria", "notes", "status", "priority", "issue_type", "assignee", "estimated_minutes", "created_at", "created_by",
        "updated_at", "closed_at", "close_reason", "due_at", "defer_until", "external_ref", "labels", "dependencies", "comments", "ephemeral", "pinned", "is_template", "owner",
        "dependency_count", "dependent_count", "comment_count", "content_hash", "is_blocked", "deleted_at", "parent",
    ]);

    static readonly FrozenSet<string> NotWork = FrozenSet.ToFrozenSet(["message", "agent", "role", "rig", "convoy", "slot", "queue", "event", "gate", "merge-request"]);

    static readonly FrozenDictionary<string, WorkItemType> Types = new Dictionary<string, WorkItemType>
    {
        ["task"] = WorkItemType.Task,
        ["bug"] = WorkItemType.Bug,
        ["feature"] = WorkItemType.Feature,
        ["chore"] = WorkItemType.Chore,
        ["epic"] = WorkItemType.Epic,
        ["decision"] = WorkItemType.Decision,
        ["enhancement"] = WorkItemType.Feature,
        ["feat"] = WorkItemType.Feature,
        ["dec"] = WorkItemType.Decision,
        ["adr"] = WorkItemType.Decision,
    }.ToFrozenDictionary();

    /// <summary>Whether this type is no work at all: mail, agents, gates and the like.</summary>
    public static bool IsWork(string type) => !NotWork.Contains(type);

    /// <summary>The type here, and the label that keeps one the town does not know.</summary>
    public static (WorkItemType Type, string? Label) Type(string type) => Types.TryGetValue(type, out var known) ? (known, null)
        : (type == "molecule" ? WorkItemType.Epic : WorkItemType.Task, $"type:{type}");

    /// <summary>How an issue ended, from the first words of its reason; completed when these say nothing else.</summary>
    public static OutcomeKind Outcome(string? reason) => (reason ?? "").TrimStart().ToLowerInvariant() switch
    {
        var r when r.StartsWith("merged in ", StringComparison.Ordinal) => OutcomeKind.Merged,
        var r when StartsWith(r, "duplicate", "dupe") => OutcomeKind.Duplicate,
        var r when StartsWith(r, "superseded") => OutcomeKind.Superseded,
        var r when StartsWith(r, "wontfix", "won't fix", "canceled", "cancelled", "abandoned", "rejected") => OutcomeKind.Cancelled,
        var r when StartsWith(r, "failed", "error", "timeout", "aborted") => OutcomeKind.Failed,
        var r when StartsWith(r, "no-change", "no change") => OutcomeKind.NoChange,
        _ => OutcomeKind.Completed,
    };

    /// <summary>The type of an edge here; null for those with rules of their own.</summary>
    public static DependencyType? Edge(string type) => type switch
    {
        "blocks" or "conditional-blocks" => DependencyType.Blocks,      // Beads treats both alike
        "parent-child" => DependencyType.ParentChild,
        "discovered-from" => DependencyType.DiscoveredFrom,
        "waits-for" => null,
        _ => DependencyType.Related,
    };

    /// <summary>Whether an edge's type says the same here.</summary>
    public static bool IsSameEdge(string type) => type is "blocks" or "parent-child" or "discovered-from" or "related" or "relates-to";

    static bool StartsWith(string reason, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
            if (reason.StartsWith(word, StringComparison.Ordinal)) return true;
        return false;
    }
}
