using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>A line for the town, and where it comes from.</summary>
sealed record MappedLine(ExportLine Line, string Where);

/// <summary>What Beads data becomes.</summary>
sealed record Mapped(IReadOnlyList<MappedLine> Lines, LossReport Losses, int Read, int Items, int Dependencies, int Comments);

/// <summary>From Beads data to the lines of an import: a pure function, so that the same data gives the same lines.</summary>
static class BeadsMapping
{
    /// <param name="rig">The rig everything belongs to; null finds it by the prefix of each id.</param>
    /// <param name="rename">Ids of other prefixes get new ones in <paramref name="rig"/>.</param>
    /// <exception cref="BeadsException">It cannot be taken as it is.</exception>
    public static Mapped Map(BeadsData data, IReadOnlyList<RigSnapshot> rigs, string? rig = null, bool rename = false)
    {
        var losses = new LossReport();
        var (kept, skipped) = Select(data, losses);
        var homes = Homes(kept, rigs, rig, rename);
        var ids = new IdMap(kept.Keys.Select(id => (id, homes[id].Prefix)));
        var labels = data.Labels.Where(l => l.Json.Text("issue_id") is not null).ToLookup(l => l.Json.Text("issue_id")!, l => l.Json.Text("label") ?? "");
        var issues = kept.ToDictionary(k => k.Key, k => BeadsIssue.Of(k.Value, ids[k.Key], homes[k.Key].Id,
            [.. k.Value.Json.List("labels").Where(l => l.ValueKind == JsonValueKind.String).Select(l => l.GetString()!), .. labels[k.Key]], losses));
        new BeadsEdges(issues, skipped, ids, losses).Connect([.. kept.Values.SelectMany(k => k.Json.List("dependencies").Where(d => d.ValueKind == JsonValueKind.Object)), .. data.Dependencies.Select(d => d.Json)]);
        var comments = Comments(data, issues, losses);
        if (data.Events > 0) losses.Note("events: history elsewhere; the trail here begins with the import", $"{data.Events} lines of events.jsonl");
        List<MappedLine> lines =
        [
            new(new ExportLine(TownExport.Town, TownExport.Format), ""),
            .. issues.Values.Select(i => new MappedLine(new ExportLine(TownExport.Item, Item: i.Item), i.Source.Where)),
            .. comments,
            new(new ExportLine(TownExport.End, End: new ExportEnd(0, issues.Count, comments.Count)), ""),
        ];
        return new Mapped(lines, losses, data.Issues.Count, issues.Count, issues.Values.Sum(i => i.Item.Dependencies!.Count), comments.Count);
    }

    /// <summary>The issues that are work, each once.</summary>
    static (Dictionary<string, SourceLine> Kept, Dictionary<string, JsonElement> Skipped) Select(BeadsData data, LossReport losses)
    {
        var (kept, skipped) = (new Dictionary<string, SourceLine>(), new Dictionary<string, JsonElement>());
        foreach (var line in data.Issues)
        {
            var json = line.Json;
            if (json.Text("_type") is { } kind && kind != "issue")
            {
                losses.Note($"record {kind}: has no place here", line.Where);
                continue;
            }
            var id = json.Text("id") ?? throw new BeadsException($"{line.Where} has no id, so it is no issue. Correct or leave out the line, and repeat.");
            if (Why(json) is { } why)
            {
                losses.Note(why, id);
                skipped[id] = json;
            }
            else if (!kept.TryGetValue(id, out var other)) kept.Add(id, line);
            else
            {
                var same = JsonElement.DeepEquals(json, other.Json);
                losses.Note(same ? "the same line more than once: taken once" : "an id with two contents: the one changed last is taken", id);
                if ((json.Time("updated_at") ?? DateTimeOffset.MinValue) > (other.Json.Time("updated_at") ?? DateTimeOffset.MinValue)) kept[id] = line;
            }
        }
        return (kept, skipped);
    }

    static string? Why(JsonElement json)
    {
        if (json.Text("status") == "tombstone") return "tombstone: deleted elsewhere, left out";
        if (json.Flag("is_template")) return "template: no work item, left out";
        var type = json.Text("issue_type") ?? "task";
        return BeadsWords.IsWork(type) ? null : $"type {type}: no work item, left out";
    }

    /// <summary>The rig of each issue; refuses with what to do when there is none.</summary>
    static Dictionary<string, RigSnapshot> Homes(Dictionary<string, SourceLine> kept, IReadOnlyList<RigSnapshot> rigs, string? rig, bool rename)
    {
        var named = rig is null ? null : rigs.FirstOrDefault(r => r.Id == rig) ?? throw new BeadsException($"There is no rig {rig}. `cm rig list` shows which there are, `cm rig add` makes one.");
        var homes = new Dictionary<string, RigSnapshot>();
        var strangers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var id in kept.Keys)
        {
            var prefix = id.Split('-')[0];
            var home = named is null ? rigs.FirstOrDefault(r => r.Prefix == prefix) : named.Prefix == prefix || rename ? named : null;
            if (home is null) strangers[prefix] = strangers.GetValueOrDefault(prefix) + 1;
            else homes.Add(id, home);
        }
        if (strangers.Count == 0) return homes;
        var counts = string.Join(", ", strangers.Select(s => $"{s.Value} with {s.Key}-"));
        throw new BeadsException(named is null
            ? $"No rig of the town has these issues' prefixes ({counts}). `cm rig add NAME --prefix {strangers.Keys.First()}` makes one that has; or --rig NAME --rename gives them new ids in a rig there is, the old one is kept as external reference."
            : $"The rig {named.Id} has the prefix {named.Prefix}, and there are issues with others ({counts}). With --rename they get new ids in it, the old one is kept as external reference; without --rig each goes to the rig that has its prefix.");
    }

    static List<MappedLine> Comments(BeadsData data, Dictionary<string, BeadsIssue> issues, LossReport losses)
    {
        var lines = new List<MappedLine>();
        var seen = new HashSet<Guid>();
        void Add(BeadsIssue issue, string mark, string author, string text, DateTimeOffset at, string where)
        {
            foreach (var (piece, n) in Texts.Pieces(text).Select((p, n) => (p, n)))
            {
                var comment = new Comment(Id($"{issue.OldId}\n{mark}\n{n}"), issue.Item.Id, author, piece, at);
                if (string.IsNullOrWhiteSpace(piece)) losses.Note("empty comment: left out", issue.OldId);
                else if (seen.Add(comment.Id)) lines.Add(new MappedLine(new ExportLine(TownExport.Comment, Comment: comment), where));
                else losses.Note("the same comment more than once: taken once", issue.OldId);
            }
        }
        var all = issues.Values.SelectMany(i => i.Source.Json.List("comments").Where(c => c.ValueKind == JsonValueKind.Object).Select(c => (Id: i.OldId, Json: c, i.Source.Where)))
            .Concat(data.Comments.Select(c => (Id: c.Json.Text("issue_id") ?? "", c.Json, c.Where)));
        foreach (var (id, json, where) in all)
        {
            if (!issues.TryGetValue(id, out var issue)) losses.Note("comment on something that did not come along: left out", id);
            else Add(issue, json.Text("id") ?? $"{json.Text("author")} {json.Text("created_at")} {json.Text("text")}", Texts.Name(json.Text("author")), json.Text("text") ?? " ", json.Time("created_at") ?? issue.Item.CreatedAt, where);
        }
        foreach (var issue in issues.Values)
            foreach (var (text, n) in issue.Overflow.Select((t, n) => (t, n))) Add(issue, $"overflow {n}", issue.Item.CreatedBy, text, issue.Item.CreatedAt, issue.Source.Where);
        return lines;
    }

    /// <summary>Always the same for the same comment.</summary>
    static Guid Id(string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name))[..16];
        (hash[6], hash[8]) = ((byte)((hash[6] & 0x0f) | 0x80), (byte)((hash[8] & 0x3f) | 0x80));
        return new Guid(hash, bigEndian: true);
    }
}
