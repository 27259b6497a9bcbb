using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Features.Items;
using ClaudeManage.Work.Features.Rigs;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary>What can be said about one line without looking at others.</summary>
static class ImportLines
{
    const int MaxNumber = 1_000_000_000;
    static readonly DateTimeOffset Earliest = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero), Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The line; refuses (400 <c>import-refused</c>) what is no line of an export, with its number.</summary>
    public static ExportLine Read(ReadOnlyMemory<byte> text, long number)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
            if (JsonTexts.Fault(json.RootElement) is { } fault) throw Refused(number, fault == TextFault.Nul ? "A text holds no NUL character." : "A text in it is not valid Unicode.");
            var line = json.RootElement.Deserialize<ExportLine>(JsonSettings.Web) ?? throw new JsonException("It is null.");
            var v = new Validation();
            Check(v, line);
            v.ThrowIfInvalid();
            return line;
        }
        catch (JsonException e) { throw Refused(number, $"It is not a line of an export{(e.Path is { Length: > 1 } path ? $", at {path}" : "")}: the JSON is broken or a value is of another kind."); }
        catch (RefusalException e) when (e.Refusal.Code == "invalid") { throw Refused(number, e.Refusal.Detail); }
    }

    /// <summary>The refusal of a line; nothing has been written.</summary>
    public static RefusalException Refused(long number, string why) =>
        new Refusal(400, "import-refused", $"Line {number}: {why.TrimEnd('.')}. Nothing was imported; correct the line and repeat.", null, new Dictionary<string, object?> { ["line"] = number }).AsException();

    static void Check(Validation v, ExportLine line)
    {
        var (what, at) = line switch
        {
            { Kind: TownExport.Town } => ((object?)line.Format, "/format"),
            { Kind: TownExport.Rig } => (line.Rig, "/rig"),
            { Kind: TownExport.Item } => (line.Item, "/item"),
            { Kind: TownExport.Comment } => (line.Comment, "/comment"),
            { Kind: TownExport.End } => (line.End, "/end"),
            _ => (null, "/kind"),
        };
        v.Check(what is not null, at, at == "/kind" ? "A kind is town, rig, item, comment or end." : "It is missing.");
        switch (what)
        {
            case int format: v.Check(format == TownExport.Format, at, $"This town reads format {TownExport.Format}."); break;
            case RigSnapshot rig: Check(v, rig); break;
            case ExportedItem item: Check(v, item); break;
            case Comment comment: Check(v, comment); break;
        }
    }

    static void Check(Validation v, RigSnapshot rig)
    {
        RigInput.CheckName(v, rig.Id, rig.Prefix);
        RigInput.CheckRepository(v, rig.GitUrl, rig.DefaultBranch);
        v.Check(rig.Settings is not null, "/settings", "A rig has settings.");
        RigInput.Check(v, rig.Settings);
        v.Check(rig.Version is >= 1 and <= MaxNumber, "/version", "A version is 1 or more.");
        Time(v, rig.CreatedAt, "/createdAt");
        Time(v, rig.UpdatedAt, "/updatedAt");
    }

    static void Check(Validation v, Comment comment)
    {
        v.Check(comment.Id != Guid.Empty, "/id", "A comment has an id.");
        v.Check(Ids.IsWorkItem(comment.WorkItemId), "/workItemId", "The id of an item, such as sh-x7k2m.");
        Name(v, comment.Author, "/author");
        v.Check(!string.IsNullOrWhiteSpace(comment.Text), "/text", "A comment has a text.").MaxLength(comment.Text, WorkItemLimits.Text, "/text");
        Time(v, comment.CreatedAt, "/createdAt");
    }

    static void Check(Validation v, ExportedItem i)
    {
        ItemInput.Check(v, new CreateWorkItem(i.RigId, i.Title, i.Description, i.Type, i.Priority, i.Id, null, null, i.Labels, null, i.Design, i.Acceptance, i.Notes, i.ExternalRef,
            i.DeferUntil, i.DueAt, i.EstimateMinutes, i.Ephemeral), "");
        v.Check(i.Id is not null, "/id", "An item has an id.");
        Name(v, i.CreatedBy, "/createdBy");
        if (i.AssignedAgentId is not null) v.Check(ActorAddress.IsValid(i.AssignedAgentId), "/assignedAgentId", "An agent's address, such as shop/crew/ada.");
        v.MaxLength(i.Feedback, WorkItemLimits.Text, "/feedback");
        v.Check(i.Version is >= 1 and <= MaxNumber, "/version", "A version is 1 or more.").Check(i.LastChild is >= 0 and <= MaxNumber, "/lastChild", "A number, 0 or more.");
        v.Check(Enum.IsDefined(i.State) && Enum.IsDefined(i.Type), "/state", "A state and a type of the town's.");
        var closed = i.State == WorkItemState.Closed;
        v.Check(closed == (i.Outcome is not null), "/outcome", "An item that is closed has an outcome, and no other has.");
        v.Check(closed == (i.CompletedAt is not null), "/completedAt", "An item that is closed has the time of its end, and no other has.");
        v.Check(i.DeletedAt is null || !ExportRows.IsUnderWay(i), "/deletedAt", "What is in the trash is open or closed.");
        if (i.Outcome is { } outcome)
        {
            v.Check(Enum.IsDefined(outcome.Kind), "/outcome/kind", "A kind of the town's.").MaxLength(outcome.Summary, WorkItemLimits.Text, "/outcome/summary");
            Name(v, outcome.By, "/outcome/by");
        }
        foreach (var (time, at) in ((DateTimeOffset?, string)[])[(i.CreatedAt, "createdAt"), (i.UpdatedAt, "updatedAt"), (i.CompletedAt, "completedAt"), (i.DeletedAt, "deletedAt"), (i.DeferUntil, "deferUntil"), (i.DueAt, "dueAt"), (i.Submission?.At, "submission/at")])
            if (time is { } given) Time(v, given, "/" + at);
        CheckEdges(v, i);
    }

    static void CheckEdges(Validation v, ExportedItem i)
    {
        var edges = i.Dependencies ?? [];
        v.MaxCount(edges, Dependencies.MaxPerItem, "/dependencies");
        v.Check(edges.Count(e => e?.Type == DependencyType.ParentChild) <= 1, "/dependencies", "An item has one parent.");
        v.Check(edges.Select(e => e?.TargetId).Distinct().Count() == edges.Count, "/dependencies", "There is one edge per pair.");
        for (var n = 0; n < edges.Count; n++)
        {
            var at = $"/dependencies/{n}";
            if (edges[n] is not { } edge)
            {
                v.Check(false, at, "An edge is an object.");
                continue;
            }
            v.Check(edge.TargetId is { Length: >= 1 and <= WorkItemLimits.Name } target && target.All(c => c is > ' ' and <= '~'), $"{at}/targetId", $"The id of an item, or what another system calls it: 1 to {WorkItemLimits.Name} visible ASCII characters.");
            v.Check(edge.TargetId != i.Id, $"{at}/targetId", "An item cannot depend on itself.");
            v.Check(Enum.IsDefined(edge.Type), $"{at}/type", "blocks, parent-child, related or discovered-from.");
            Name(v, edge.CreatedBy, $"{at}/createdBy");
            Time(v, edge.CreatedAt, $"{at}/createdAt");
        }
    }

    static void Name(Validation v, string? name, string at) =>
        v.Check(!string.IsNullOrWhiteSpace(name) && name.Length <= WorkItemLimits.Name && !name.Any(char.IsControl), at, $"Who it was: 1 to {WorkItemLimits.Name} visible characters.");

    static void Time(Validation v, DateTimeOffset at, string pointer) => v.Check(at >= Earliest && at < Latest, pointer, "A time between 1970 and 2199.");
}
