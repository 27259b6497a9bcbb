using System.Text.Json;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary>Between rows and the lines of an export.</summary>
static class ExportRows
{
    /// <summary>A row as a line shows it.</summary>
    public static ExportedItem Of(WorkItemRow i, IEnumerable<EdgeRow> edges) => new(
        i.Id, i.RigId, i.Title, i.Description, i.Type, i.State, i.Priority, [.. i.Labels], i.Design, [.. i.Acceptance], i.Notes, i.ExternalRef, i.DeferUntil, i.DueAt,
        i.EstimateMinutes, i.Ephemeral, i.CreatedBy, i.AssignedAgentId, i.Feedback, i.CreatedAt, i.UpdatedAt, i.CompletedAt, i.DeletedAt, i.Submission, i.Outcome, i.LastChild,
        [.. edges.OrderBy(e => e.CreatedAt).ThenBy(e => e.TargetId, StringComparer.Ordinal).Select(e => new ExportedDependency(e.TargetId, e.Type, e.CreatedBy, e.CreatedAt))], i.Version);

    /// <summary>The row of a line; its edges are connected when their targets are there.</summary>
    public static WorkItemRow Row(ExportedItem i) => new()
    {
        Id = i.Id,
        RigId = i.RigId,
        Title = i.Title,
        Description = i.Description,
        Type = i.Type,
        State = i.State,
        Priority = i.Priority,
        Labels = [.. i.Labels ?? []],
        Design = i.Design,
        Acceptance = [.. i.Acceptance ?? []],
        Notes = i.Notes,
        ExternalRef = i.ExternalRef,
        DeferUntil = i.DeferUntil,
        DueAt = i.DueAt,
        EstimateMinutes = i.EstimateMinutes,
        Ephemeral = i.Ephemeral,
        CreatedBy = i.CreatedBy,
        AssignedAgentId = i.AssignedAgentId,
        Feedback = i.Feedback,
        CreatedAt = i.CreatedAt,
        UpdatedAt = i.UpdatedAt,
        CompletedAt = i.CompletedAt,
        DeletedAt = i.DeletedAt,
        Submission = i.Submission,
        Outcome = i.Outcome,
        LastChild = i.LastChild,
        Version = i.Version,
        Rank = Ageing.Rank(i.Priority, i.CreatedAt),
    };

    /// <summary>
    /// The item as it is kept: times in UTC and whole microseconds, empty texts as none, each label once, edges in their order. What is under
    /// way elsewhere is open here, where nobody has it.
    /// </summary>
    public static ExportedItem Settled(ExportedItem i)
    {
        var settled = i with
        {
            Title = i.Title.Trim(),
            Description = Items.ItemInput.Text(i.Description),
            Labels = Items.ItemInput.Labels(i.Labels),
            Design = Items.ItemInput.Text(i.Design),
            Acceptance = i.Acceptance ?? [],
            Notes = Items.ItemInput.Text(i.Notes),
            ExternalRef = Items.ItemInput.Text(i.ExternalRef),
            Feedback = Items.ItemInput.Text(i.Feedback),
            DeferUntil = At(i.DeferUntil),
            DueAt = At(i.DueAt),
            CreatedAt = At(i.CreatedAt),
            UpdatedAt = At(i.UpdatedAt),
            CompletedAt = At(i.CompletedAt),
            DeletedAt = At(i.DeletedAt),
            Submission = i.Submission is { } s ? s with { At = At(s.At) } : null,
            Dependencies = [.. (i.Dependencies ?? []).Select(d => d with { CreatedAt = At(d.CreatedAt) }).OrderBy(d => d.CreatedAt).ThenBy(d => d.TargetId, StringComparer.Ordinal)],
        };
        return IsUnderWay(i) ? settled with { State = WorkItemState.Open, AssignedAgentId = null, Submission = null } : settled;
    }

    /// <summary>Whether somebody, or the merge queue, has it where it comes from.</summary>
    public static bool IsUnderWay(ExportedItem item) => item.State is not (WorkItemState.Open or WorkItemState.Closed);

    /// <summary>Whether two lines say the same.</summary>
    public static bool Same<T>(T a, T b) => JsonElement.DeepEquals(JsonSerializer.SerializeToElement(a, JsonSettings.Web), JsonSerializer.SerializeToElement(b, JsonSettings.Web));

    /// <summary>The fields in which two items differ.</summary>
    public static string Differences(ExportedItem a, ExportedItem b)
    {
        var (left, right) = (JsonSerializer.SerializeToElement(a, JsonSettings.Web), JsonSerializer.SerializeToElement(b, JsonSettings.Web));
        return string.Join(", ", left.EnumerateObject().Where(f => !right.TryGetProperty(f.Name, out var other) || !JsonElement.DeepEquals(f.Value, other)).Select(f => f.Name)
            .Concat(right.EnumerateObject().Select(f => f.Name).Where(n => !left.TryGetProperty(n, out _))));
    }

    public static DateTimeOffset At(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    static DateTimeOffset? At(DateTimeOffset? at) => at is { } given ? At(given) : null;
}
