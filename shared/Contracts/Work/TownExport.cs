using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Contracts.Work;

/// <summary>One line of <c>GET /export</c> and <c>POST /import</c>, in this order: a <c>town</c>, the rigs, items and their comments, an <c>end</c>.</summary>
/// <param name="Kind">One of the constants of <see cref="TownExport"/>; it says which of the others is set.</param>
/// <param name="Format">On the first line: <see cref="TownExport.Format"/>.</param>
public sealed record ExportLine(
    string? Kind, int? Format = null, RigSnapshot? Rig = null, ExportedItem? Item = null, Comment? Comment = null, ExportEnd? End = null);

/// <summary>Names of the export format.</summary>
public static class TownExport
{
    /// <summary>The format's number; a town reads only its own.</summary>
    public const int Format = 1;

    /// <summary>Content type: a JSON document per line, UTF-8.</summary>
    public const string MediaType = "application/x-ndjson";

    /// <summary>Kind of the first line.</summary>
    public const string Town = "town";

    /// <summary>Kind of a rig's line.</summary>
    public const string Rig = "rig";

    /// <summary>Kind of an item's line.</summary>
    public const string Item = "item";

    /// <summary>Kind of a comment's line.</summary>
    public const string Comment = "comment";

    /// <summary>Kind of the last line.</summary>
    public const string End = "end";
}

/// <summary>How many lines of each kind came before: an export that was cut off has none, or another number.</summary>
public sealed record ExportEnd(long Rigs, long Items, long Comments);

/// <summary>An edge with its history.</summary>
public sealed record ExportedDependency(string TargetId, DependencyType Type, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary>A work item as it goes from town to town: what is derived, and what belongs to other services, is left out.</summary>
/// <param name="Dependencies">At most one of them is <c>parent-child</c>.</param>
/// <param name="LastChild">Number of the last child; numbers are never used again.</param>
public sealed record ExportedItem(
    string Id,
    string RigId,
    string Title,
    string? Description,
    WorkItemType Type,
    WorkItemState State,
    int Priority,
    IReadOnlyList<string>? Labels,
    string? Design,
    IReadOnlyList<AcceptanceCriterion>? Acceptance,
    string? Notes,
    string? ExternalRef,
    DateTimeOffset? DeferUntil,
    DateTimeOffset? DueAt,
    int? EstimateMinutes,
    bool Ephemeral,
    string CreatedBy,
    string? AssignedAgentId,
    string? Feedback,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? CompletedAt,
    DateTimeOffset? DeletedAt,
    WorkItemSubmission? Submission,
    WorkItemOutcome? Outcome,
    int LastChild,
    IReadOnlyList<ExportedDependency>? Dependencies,
    long Version);

/// <summary><c>POST /import</c>: what became of it.</summary>
/// <param name="DryRun">Nothing was written; the numbers say what would have been.</param>
/// <param name="Opened">Items somebody had, or the merge queue, where they come from; here they are open.</param>
/// <param name="Conflicts">What is there already with another content, and was left alone; at most 1 000.</param>
/// <param name="More">There are more conflicts than shown.</param>
public sealed record ImportResult(
    bool DryRun, long Lines, ImportCounts Rigs, ImportCounts Items, ImportCounts Comments, int Opened, IReadOnlyList<ImportConflict> Conflicts, bool More);

/// <summary>Of one kind.</summary>
public sealed record ImportCounts(int Created, int Unchanged, int Conflicting);

/// <summary>Something left alone.</summary>
public sealed record ImportConflict(long Line, string Kind, string Id, string Reason);
