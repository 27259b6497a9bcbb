using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features.Items;

/// <summary>The limits of what may be written into an item; every mistake is named with its place.</summary>
static class ItemInput
{
    public const int MaxList = 100, MaxBatch = 500, MaxEstimate = 1_000_000;

    /// <summary>Everything that can be said about one item of a creation without looking at others.</summary>
    public static void Check(Validation v, CreateWorkItem item, string at)
    {
        v.Check(!string.IsNullOrWhiteSpace(item.RigId), $"{at}/rigId", "Name the rig the work belongs to. GET /rigs lists them.");
        v.Check(!string.IsNullOrWhiteSpace(item.Title), $"{at}/title", "Say in one line what is to be done.");
        v.Check(item.Items is null, $"{at}/items", "A batch holds items, not further batches.");
        v.Check(item.Id is null || Ids.IsWorkItem(item.Id), $"{at}/id", "An id looks like sh-x7k2m. Leave it out to get one.");
        v.Check(item.Key is null || ActorAddress.IsPart(item.Key), $"{at}/key", "A key has 1 to 40 of a-z, 0-9 and -.");
        v.Check(item.ParentId is null || IsReference(item.ParentId), $"{at}/parentId", "The id of an item, or #key of one in this batch.");
        v.MaxCount(item.DependsOn, MaxList, $"{at}/dependsOn");
        foreach (var (target, i) in Indexed(item.DependsOn))
            v.Check(IsReference(target), $"{at}/dependsOn/{i}", "The id of an item, or #key of one in this batch.");
        Check(v, at, item.Title, item.Description, item.Priority, item.Labels, item.Design, item.Acceptance, item.Notes, item.ExternalRef, item.DeferUntil, item.EstimateMinutes);
    }

    /// <summary>The fields of a change.</summary>
    public static void Check(Validation v, UpdateWorkItem item)
    {
        v.Check(item.Title is null || !string.IsNullOrWhiteSpace(item.Title), "/title", "A title cannot be empty.");
        Check(v, "", item.Title, item.Description, item.Priority, item.Labels, item.Design, item.Acceptance, item.Notes, item.ExternalRef, item.DeferUntil, item.EstimateMinutes);
    }

    /// <summary>Labels as they are kept: trimmed, each once.</summary>
    public static List<string> Labels(IReadOnlyList<string>? labels) => [.. (labels ?? []).Select(l => l.Trim()).Distinct()];

    /// <summary>An empty text is no text.</summary>
    public static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    static void Check(
        Validation v, string at, string? title, string? description, int? priority, IReadOnlyList<string>? labels, string? design,
        IReadOnlyList<AcceptanceCriterion>? acceptance, string? notes, string? externalRef, DateTimeOffset? deferUntil, int? estimate)
    {
        v.MaxLength(title, WorkItemLimits.Title, $"{at}/title").MaxLength(description, WorkItemLimits.Text, $"{at}/description").MaxLength(design, WorkItemLimits.Text, $"{at}/design")
            .MaxLength(notes, WorkItemLimits.Text, $"{at}/notes").MaxLength(externalRef, WorkItemLimits.Ref, $"{at}/externalRef")
            .MaxCount(labels, WorkItemLimits.Labels, $"{at}/labels").MaxCount(acceptance, MaxList, $"{at}/acceptance");
        v.Check(priority is null or (>= 0 and <= 4), $"{at}/priority", "Priority is 0 (highest) to 4.");
        v.Check(estimate is null or (>= 0 and <= MaxEstimate), $"{at}/estimateMinutes", $"An estimate is 0 to {MaxEstimate} minutes.");
        v.Check(deferUntil is null || deferUntil.Value.Year < 2200, $"{at}/deferUntil", "Put off at most until 2199.");
        foreach (var (label, i) in Indexed(labels))
            v.Check(!string.IsNullOrWhiteSpace(label) && label.Length <= WorkItemLimits.Label && !label.Any(char.IsControl), $"{at}/labels/{i}", $"A label has 1 to {WorkItemLimits.Label} visible characters.");
        foreach (var (criterion, i) in Indexed(acceptance))
        {
            v.Check(!string.IsNullOrWhiteSpace(criterion?.Text), $"{at}/acceptance/{i}/text", "Say what must hold.");
            v.MaxLength(criterion?.Text, WorkItemLimits.Text, $"{at}/acceptance/{i}/text");
            CommandInput.Check(v, criterion?.Command, $"{at}/acceptance/{i}/command");
        }
    }

    static bool IsReference(string? target) => target is ['#', .. var key] ? ActorAddress.IsPart(key) : Ids.IsWorkItem(target);

    static IEnumerable<(T Item, int Index)> Indexed<T>(IReadOnlyList<T>? list) => (list ?? []).Select((item, i) => (item, i));
}
