using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Domain;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary>Where a line lies in the spool.</summary>
readonly record struct SpoolLine(long Number, long Offset, int Length);

/// <summary>What must be known about an item before any is written.</summary>
sealed record PlannedItem(string Id, SpoolLine Line, string? Parent, IReadOnlyList<string> Blockers)
{
    public IEnumerable<WaitsFor> Waits => Blockers.Append(Parent).OfType<string>().Select(t => new WaitsFor(Id, t));
}

/// <summary>The index of an import, filled line by line; says what is wrong between lines.</summary>
sealed class ImportPlan
{
    readonly HashSet<Guid> _comments = [];
    bool _begun, _ended;

    public long Lines { get; private set; }

    public int Opened { get; private set; }

    public Dictionary<string, (long Line, RigSnapshot Rig)> Rigs { get; } = [];

    public Dictionary<string, PlannedItem> Items { get; } = [];

    public List<SpoolLine> Comments { get; } = [];

    /// <summary>Which prefixes the items of each rig have, with a line of each.</summary>
    public Dictionary<(string Rig, string Prefix), long> Prefixes { get; } = [];

    /// <summary>The items that comments belong to, with a line of each.</summary>
    public Dictionary<string, long> Commented { get; } = [];

    /// <summary>Takes a line that is right by itself.</summary>
    public void Take(ExportLine line, SpoolLine place)
    {
        var n = Lines = place.Number;
        if (_ended) throw ImportLines.Refused(n, "It comes after the end. Import one export at a time");
        if (!_begun && line.Kind != TownExport.Town) throw ImportLines.Refused(n, "An export begins with a line of kind town");
        switch (line)
        {
            case { Kind: TownExport.Town }:
                if (_begun) throw ImportLines.Refused(n, "The kind town comes once, at the beginning. Import one export at a time");
                _begun = true;
                break;
            case { Rig: { } rig }:
                if (!Rigs.TryAdd(rig.Id, (n, rig))) throw ImportLines.Refused(n, $"The rig {rig.Id} is in line {Rigs[rig.Id].Line} already");
                if (Rigs.Values.FirstOrDefault(r => r.Rig.Prefix == rig.Prefix && r.Rig.Id != rig.Id) is { Rig: { } other }) throw ImportLines.Refused(n, $"The rig {other.Id} has the prefix {rig.Prefix} already");
                break;
            case { Item: { } item }:
                Take(item, place);
                break;
            case { Comment: { } comment }:
                if (!_comments.Add(comment.Id)) throw ImportLines.Refused(n, $"The comment {comment.Id} is here twice");
                Commented.TryAdd(comment.WorkItemId, n);
                Comments.Add(place);
                break;
            case { End: { } end }:
                if (end != new ExportEnd(Rigs.Count, Items.Count, Comments.Count))
                    throw ImportLines.Refused(n, $"{end.Rigs} rigs, {end.Items} items and {end.Comments} comments should have come; there were {Rigs.Count}, {Items.Count} and {Comments.Count}. Lines are missing");
                _ended = true;
                break;
        }
    }

    void Take(ExportedItem item, SpoolLine place)
    {
        var edges = item.Dependencies ?? [];
        var planned = new PlannedItem(item.Id, place, edges.FirstOrDefault(e => e.Type == DependencyType.ParentChild)?.TargetId,
            [.. edges.Where(e => e.Type == DependencyType.Blocks).Select(e => e.TargetId)]);
        if (!Items.TryAdd(item.Id, planned)) throw ImportLines.Refused(place.Number, $"The item {item.Id} is in line {Items[item.Id].Line.Number} already");
        Prefixes.TryAdd((item.RigId, Ids.PrefixOf(item.Id)), place.Number);
        if (ExportRows.IsUnderWay(item)) Opened++;
    }

    /// <summary>Refuses what has no end.</summary>
    public void Complete()
    {
        if (!_ended) throw ImportLines.Refused(Lines, "It is the last one, and an export ends with a line of kind end: the rest is missing");
    }

    /// <summary>Everything with what it waits for before it; refuses a circle.</summary>
    public IReadOnlyList<PlannedItem> InOrder()
    {
        var missing = Items.Values.ToDictionary(i => i.Id, i => i.Waits.Count(w => Items.ContainsKey(w.Target)));
        var waiters = Items.Values.SelectMany(i => i.Waits).ToLookup(w => w.Target, w => w.Item);
        var free = new Queue<string>(Items.Keys.Where(id => missing[id] == 0));
        var order = new List<PlannedItem>(Items.Count);
        while (free.TryDequeue(out var id))
        {
            order.Add(Items[id]);
            foreach (var waiter in waiters[id])
                if (--missing[waiter] == 0) free.Enqueue(waiter);
        }
        if (order.Count == Items.Count) return order;
        var path = CycleSearch.FindAmong([.. Items.Values.SelectMany(i => i.Waits)])!;
        var line = Items[path[0]].Line.Number;
        throw new Refusal(409, "dependency-cycle", $"Line {line}: these would wait for each other for ever: {string.Join(" → ", path)}. Nothing was imported; leave out one of these edges.", null,
            new Dictionary<string, object?> { ["line"] = line, ["path"] = path }).AsException();
    }
}
