using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClaudeManage.CliTests.Import;

/// <summary>Beads data of a given size in the shapes it is found in, and what is ready in it by Beads' own rules.</summary>
sealed class BeadsSample
{
    const int Epics = 100;
    static readonly DateTimeOffset Begin = new(2025, 6, 1, 8, 0, 0, TimeSpan.Zero);
    readonly Random _random = new(7);

    sealed record Issue(string Id, string Type, string Status, DateTimeOffset? Defer, List<string> Labels, List<(int Id, string Author, string Text)> Comments);

    sealed record Edge(int From, int To, string Type);

    readonly List<Issue> _issues = [];
    readonly List<Edge> _edges = [];

    public BeadsSample(int issues, int dependencies)
    {
        for (var i = 0; i < issues; i++)
        {
            var type = i < Epics ? "epic" : Pick("task", "task", "bug", "feature", "chore", "decision", "spike", i > Epics * 2 ? "message" : "task");
            var status = i < Epics ? "open" : Pick("open", "open", "open", "open", "closed", "closed", "closed", "in_progress", "hooked", "blocked", "deferred", "pinned", "staged_ready", "tombstone");
            _issues.Add(new Issue($"bd-{Base36(i)}", type, status, status == "open" && _random.Next(20) == 0 ? Begin.AddYears(100) : null, [.. Enumerable.Range(0, _random.Next(3)).Select(n => $"l{n}")],
                [.. Enumerable.Range(0, _random.Next(8) == 0 ? 2 : 0).Select(n => (n + 1, "matt wilkie", $"said {n} ü"))]));
        }
        var pairs = new HashSet<(int, int)>();
        var last = issues - issues / 50;        // those at the end are waited for by nobody, so that no circle comes about
        while (_edges.Count < dependencies)
        {
            var type = Pick("blocks", "blocks", "blocks", "parent-child", "parent-child", "related", "discovered-from", "conditional-blocks", "tracks", "waits-for");
            var from = type == "waits-for" ? _random.Next(last, issues) : _random.Next(Epics + 1, issues);
            var to = type is "parent-child" or "waits-for" ? _random.Next(Epics) : _random.Next(Epics, Math.Min(from, last));
            if (type == "parent-child" && _edges.Any(e => e.From == from && e.Type == "parent-child")) continue;
            if (from != to && pairs.Add((from, to))) _edges.Add(new Edge(from, to, type));
        }
    }

    public int Kept => _issues.Count(IsKept);

    public int Comments => _issues.Where(IsKept).Sum(i => i.Comments.Count);

    /// <summary>Ids of what is ready: open (or begun by somebody who is not here), not put off, not blocked, no container.</summary>
    public IEnumerable<string> Ready()
    {
        var blocked = new bool[_issues.Count];
        for (var again = true; again;)
        {
            again = false;
            for (var i = 0; i < _issues.Count; i++)
            {
                if (blocked[i] || !IsAlive(i) || !_edges.Where(e => e.From == i).Any(e => Blocks(e, blocked))) continue;
                blocked[i] = again = true;
            }
        }
        return _issues.Index().Where(x => IsKept(x.Item) && x.Item.Status is "open" or "in_progress" or "hooked" && IsKept(x.Item) && x.Item.Type != "epic" && x.Item.Defer is null && !blocked[x.Index]
            && !_edges.Any(e => e.From == x.Index && e.Type == "parent-child" && _issues[e.To].Defer is not null)).Select(x => x.Item.Id);
    }

    bool Blocks(Edge edge, bool[] blocked) => edge.Type switch
    {
        "blocks" or "conditional-blocks" => IsAlive(edge.To),
        "parent-child" => IsAlive(edge.To) && blocked[edge.To],
        "waits-for" => _edges.Any(c => c.Type == "parent-child" && c.To == edge.To && c.From != edge.From && IsAlive(c.From) && IsKept(_issues[c.From])),
        _ => false,
    };

    bool IsAlive(int issue) => _issues[issue].Status is not ("closed" or "pinned" or "tombstone");

    static bool IsKept(Issue issue) => issue.Status != "tombstone" && issue.Type != "message";

    /// <summary>Full export lines; every second one begins with its <c>_type</c>.</summary>
    public void WriteExport(string directory) => File.WriteAllLines(Path.Combine(directory, "issues.jsonl"), _issues.Index().Select(x =>
    {
        var json = x.Index % 2 == 0 ? new JsonObject { ["_type"] = "issue" } : [];
        foreach (var (name, value) in Core(x.Item, x.Index).Where(f => f.Value is not null)) json[name] = value!.DeepClone();
        if (x.Item.Labels.Count > 0) json["labels"] = new JsonArray([.. x.Item.Labels.Select(l => (JsonNode)l)]);
        var edges = _edges.Where(e => e.From == x.Index).ToList();
        if (edges.Count > 0) json["dependencies"] = new JsonArray([.. edges.Select(Dependency)]);
        if (x.Item.Comments.Count > 0) json["comments"] = new JsonArray([.. x.Item.Comments.Select(c => Comment(x.Item, c))]);
        (json["dependency_count"], json["comment_count"]) = (edges.Count, x.Item.Comments.Count);
        return json.ToJsonString();
    }));

    /// <summary>The tables of a dump: every column, 0 and 1, relations in files of their own.</summary>
    public void WriteDump(string directory)
    {
        void Write(string name, IEnumerable<JsonObject> rows) => File.WriteAllLines(Path.Combine(directory, name), rows.Select(r => r.ToJsonString()));
        Write("issues.jsonl", _issues.Index().Select(x =>
        {
            var json = Core(x.Item, x.Index);
            foreach (var name in new[] { "design", "notes", "spec_id", "close_reason", "closed_by_session", "external_ref", "sender", "wisp_type", "await_type", "mol_type", "metadata" }) json.TryAdd(name, name == "metadata" ? "{}" : "");
            foreach (var name in new[] { "ephemeral", "pinned", "is_template", "compaction_level", "no_history", "timeout" }) json[name] = 0;
            foreach (var name in new[] { "created_at", "updated_at", "closed_at" })
                if (json[name] is { } at) json[name] = at.GetValue<string>().Replace('T', ' ').TrimEnd('Z');
            return json;
        }));
        Write("labels.jsonl", _issues.SelectMany(i => i.Labels.Select(l => new JsonObject { ["issue_id"] = i.Id, ["label"] = l })));
        Write("dependencies.jsonl", _edges.Select(Dependency));
        Write("comments.jsonl", _issues.SelectMany(i => i.Comments.Select(c => Comment(i, c))));
        Write("events.jsonl", _issues.Take(10).Select(i => new JsonObject { ["id"] = 1, ["issue_id"] = i.Id, ["event_type"] = "created" }));
    }

    static JsonObject Core(Issue issue, int index) => new()
    {
        ["id"] = issue.Id,
        ["title"] = $"Issue {index}",
        ["description"] = $"What is to be done, number {index}: äöü \"quoted\"\nand more.",
        ["status"] = issue.Status,
        ["priority"] = index % 5,
        ["issue_type"] = issue.Type,
        ["owner"] = "matt@example.org",
        ["assignee"] = issue.Status is "in_progress" or "hooked" ? "shop/polecats/nux" : null,
        ["created_at"] = Time(index),
        ["created_by"] = "matt wilkie",
        ["updated_at"] = Time(index + 60),
        ["closed_at"] = issue.Status == "closed" ? Time(index + 60) : null,
        ["defer_until"] = issue.Defer?.ToString("O", CultureInfo.InvariantCulture),
    };

    JsonObject Dependency(Edge e) => new()
    {
        ["issue_id"] = _issues[e.From].Id,
        ["depends_on_id"] = _issues[e.To].Id,
        ["type"] = e.Type,
        ["created_at"] = Time(e.From),
        ["created_by"] = "matt wilkie",
    };

    static JsonObject Comment(Issue issue, (int Id, string Author, string Text) c) =>
        new() { ["id"] = c.Id, ["issue_id"] = issue.Id, ["author"] = c.Author, ["text"] = c.Text, ["created_at"] = Time(c.Id) };

    static string Time(int minute) => Begin.AddMinutes(minute).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    string Pick(params string[] words) => words[_random.Next(words.Length)];

    static string Base36(int n) => new([.. Enumerable.Range(0, 4).Select(p => "0123456789abcdefghijklmnopqrstuvwxyz"[n / (int)Math.Pow(36, 3 - p) % 36])]);
}
