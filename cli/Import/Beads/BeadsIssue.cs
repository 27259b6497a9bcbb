using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>One issue on its way: the item it becomes, and what does not fit into it.</summary>
sealed class BeadsIssue
{
    /// <summary>Nobody begins it before somebody has looked at it.</summary>
    static readonly DateTimeOffset Held = new(2199, 12, 31, 0, 0, 0, TimeSpan.Zero);

    // What has neither time is old; the moment of the import would be another one each time.
    static readonly DateTimeOffset Unknown = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    BeadsIssue(SourceLine source, string oldId, ExportedItem item) => (Source, OldId, Item) = (source, oldId, item);

    public SourceLine Source { get; }

    public string OldId { get; }

    public ExportedItem Item { get; private set; }

    /// <summary>Pieces of texts that are too long here; they become comments.</summary>
    public List<string> Overflow { get; } = [];

    public bool IsPinned { get; private init; }

    public static BeadsIssue Of(SourceLine source, string id, string rig, IEnumerable<string> labels, LossReport losses)
    {
        var json = source.Json;
        var old = json.Text("id")!;
        foreach (var field in json.EnumerateObject().Where(f => !BeadsWords.Known.Contains(f.Name) && !Field.IsEmpty(f.Value))) losses.Note($"field {field.Name}: has no place here", old);
        var created = json.Time("created_at") ?? json.Time("updated_at") ?? json.Time("closed_at") ?? Unknown;
        var (type, typeLabel) = BeadsWords.Type(json.Text("issue_type") ?? "task");
        if (typeLabel is not null) losses.Note($"type {json.Text("issue_type")}: {(type == WorkItemType.Epic ? "an epic" : "a task")} with the label {typeLabel}", old);
        if (json.Text("owner") is { } owner && owner != json.Text("created_by") && json.Text("created_by") is not null) losses.Note("field owner: has no place here", old);
        var closed = json.Text("status") == "closed";
        if (closed && json.Time("closed_at") is null) losses.Note("closed without a time: closed when it was last changed", old);
        var issue = new BeadsIssue(source, old, new ExportedItem(
            id, rig, "", null, type, closed ? WorkItemState.Closed : WorkItemState.Open, Math.Clamp(json.Number("priority") ?? 2, 0, 4), [], null, [], null, null,
            json.Time("defer_until"), json.Time("due_at"), json.Number("estimated_minutes") is >= 0 and <= 1_000_000 and var minutes ? minutes : null, json.Flag("ephemeral"),
            Texts.Name(json.Text("created_by") ?? json.Text("owner")), null, null, created, json.Time("updated_at") ?? created,
            closed ? json.Time("closed_at") ?? json.Time("updated_at") ?? created : null, null, null, null, 0, [], 1))
        {
            IsPinned = json.Flag("pinned") || json.Text("status") == "pinned",
        };
        issue.TakeTexts(losses);
        issue.TakeLabels([.. labels, .. typeLabel is null ? [] : (string[])[typeLabel]], losses);
        issue.TakeStatus(json.Text("status") ?? "open", losses);
        if (id != old) issue.KeepOldId(losses);
        return issue;
    }

    /// <summary>Puts it off until somebody ends that, and says why in a label.</summary>
    public void Hold(string why)
    {
        if (Item.State == WorkItemState.Closed) return;
        var label = Texts.Pieces($"held:{why}", WorkItemLimits.Label).First();
        // A container is never begun itself, and its children are not held.
        Item = Item with { DeferUntil = Item.Type == WorkItemType.Epic ? Item.DeferUntil : Held, Labels = Item.Labels!.Contains(label) ? Item.Labels : [.. Item.Labels!.Take(WorkItemLimits.Labels - 1), label] };
    }

    public void Connect(IReadOnlyList<ExportedDependency> edges) => Item = Item with { Dependencies = edges };

    void TakeTexts(LossReport losses)
    {
        var json = Source.Json;
        var (title, description) = (json.Text("title")?.Trim(), json.Text("description"));
        if (string.IsNullOrEmpty(title))
        {
            losses.Note("no title: its id is the title", OldId);
            title = OldId;
        }
        if (title.Length > WorkItemLimits.Title)
        {
            losses.Note("title too long: cut; the whole of it begins the description", OldId);
            description = description is null ? title : $"{title}\n\n{description}";
            title = Texts.Pieces(title, WorkItemLimits.Title).First();
        }
        Item = Item with
        {
            Title = title,
            Description = Fit("description", description, losses),
            Design = Fit("design", json.Text("design"), losses),
            Notes = Fit("notes", json.Text("notes"), losses),
            Acceptance = [.. Criteria(Fit("acceptance_criteria", json.Text("acceptance_criteria"), losses)).Select(c => new AcceptanceCriterion(c))],
            ExternalRef = json.Text("external_ref") is { } reference ? Texts.Pieces(reference, WorkItemLimits.Ref).First() : null,
            Outcome = Item.State != WorkItemState.Closed ? null : new WorkItemOutcome(BeadsWords.Outcome(json.Text("close_reason")), Fit("close_reason", json.Text("close_reason"), losses),
                Texts.Name(json.Text("assignee") ?? json.Text("owner") ?? json.Text("created_by"))),
        };
    }

    void TakeLabels(IEnumerable<string> labels, LossReport losses)
    {
        var all = labels.Select(l => l.Trim()).Where(l => l.Length > 0).Distinct().ToList();
        var good = all.Where(l => l.Length <= WorkItemLimits.Label && !l.Any(char.IsControl)).Take(WorkItemLimits.Labels).ToList();
        foreach (var left in all.Except(good)) losses.Note("label too long, or one too many: left out", $"{OldId} {left}");
        Item = Item with { Labels = good };
    }

    void TakeStatus(string status, LossReport losses)
    {
        var assignee = Source.Json.Text("assignee");
        if (Item.State == WorkItemState.Closed && ActorAddress.IsValid(assignee)) Item = Item with { AssignedAgentId = assignee };
        else if (assignee is not null) losses.Note("field assignee: nobody has it here", OldId);
        switch (status)
        {
            case "open" or "closed":
                break;
            case "in_progress" or "hooked":
                losses.Note($"status {status}: open here, where nobody has it", OldId);
                break;
            case "deferred" when Item.DeferUntil is not null:
                losses.Note("status deferred: open, put off until its time", OldId);
                break;
            default:
                losses.Note($"status {status}: open, put off until somebody looks (label held:{status})", OldId);
                Hold(status);
                break;
        }
        if (IsPinned && status != "pinned")
        {
            losses.Note("pinned: put off until somebody looks (label held:pinned)", OldId);
            Hold("pinned");
        }
    }

    void KeepOldId(LossReport losses)
    {
        losses.Note("id not possible here: a new one, the old one is the external reference", $"{OldId} → {Item.Id}");
        var before = Item.ExternalRef is { } reference ? $"External reference: {reference}" : null;
        Item = Item with { ExternalRef = Texts.Pieces(OldId, WorkItemLimits.Ref).First() };
        if (before is not null) Overflow.Add(before);
    }

    /// <summary>What fits; the rest becomes comments.</summary>
    string? Fit(string name, string? text, LossReport losses)
    {
        if (text is null || text.Length <= WorkItemLimits.Text) return text;
        losses.Note($"{name} too long: the rest of it is in comments", OldId);
        var pieces = Texts.Pieces(text).ToList();
        Overflow.AddRange(pieces.Skip(1));
        return pieces[0];
    }

    /// <summary>One criterion for each line of a list; any other text is one.</summary>
    static IEnumerable<string> Criteria(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return [];
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length <= 100 && lines.All(l => Bare(l) is { Length: > 0 } bare && bare.Length < l.Length) ? lines.Select(Bare) : [text];
    }

    static string Bare(string line)
    {
        foreach (var bullet in (string[])["- [ ] ", "- [x] ", "- [X] ", "- ", "* "])
            if (line.StartsWith(bullet, StringComparison.Ordinal)) return line[bullet.Length..].Trim();
        return line;
    }
}
