using System.Text.Json.Nodes;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Takes typed values out of a table. Whatever nobody asked for is an unknown key, and told with the nearest known one.</summary>
sealed class TableReader(TableNode table, string place, Problems problems)
{
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Where it stands, for messages.</summary>
    public string Place => place;

    /// <summary>The table itself.</summary>
    public TableNode Node => table;

    /// <summary>The place of one of its keys.</summary>
    public string At(string key) => place.Length == 0 ? key : $"{place}.{key}";

    /// <summary>The value as it stands; null when there is none.</summary>
    public Node? Raw(string key)
    {
        _asked.Add(key);
        return table[key];
    }

    /// <summary>A text; a number or a flag is taken as it is written.</summary>
    public string? Text(string key) => Raw(key) switch
    {
        null => null,
        var node => Scalar(node) ?? Wrong<string>(key, node, "a text"),
    };

    /// <summary>A whole number.</summary>
    public int? Integer(string key) => Raw(key) switch
    {
        null => null,
        NumberNode { Value: var n } when n == decimal.Truncate(n) && Math.Abs(n) <= int.MaxValue => (int)n,
        TextNode { Value: var t } when int.TryParse(t, System.Globalization.CultureInfo.InvariantCulture, out var n) => n,
        var node => Wrong<int?>(key, node, "a whole number"),
    };

    /// <summary>A number.</summary>
    public decimal? Number(string key) => Raw(key) switch
    {
        null => null,
        NumberNode { Value: var n } => n,
        var node => Wrong<decimal?>(key, node, "a number"),
    };

    /// <summary>True or false.</summary>
    public bool Flag(string key) => Raw(key) switch
    {
        null => false,
        FlagNode { Value: var f } => f,
        TextNode { Value: "true" } => true,
        TextNode { Value: "false" } => false,
        var node => Wrong<bool>(key, node, "true or false"),
    };

    /// <summary>A duration in seconds: a number, or a text such as <c>1h30m</c>.</summary>
    public int? Seconds(string key) => Raw(key) switch
    {
        null => null,
        NumberNode { Value: >= 0 and <= Duration.Longest and var n } => (int)n,
        TextNode { Value: var t } when Duration.Seconds(t) is { } seconds => seconds,
        var node => Wrong<int?>(key, node, "a duration such as 30s, 5m, 1h30m or 2d"),
    };

    /// <summary>Several texts; one alone counts as a list of one.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        switch (Raw(key))
        {
            case null: return [];
            case ListNode list:
                var texts = new List<string>();
                foreach (var (item, i) in list.Items.Select((item, i) => (item, i)))
                {
                    if (Scalar(item) is { } text) texts.Add(text);
                    else problems.Error($"{At(key)}[{i}]", $"expected a text, found {item.Kind}", item);
                }
                return texts;
            case var node when Scalar(node) is { } one: return [one];
            case var node:
                problems.Error(At(key), $"expected a list of texts, found {node.Kind}", node);
                return [];
        }
    }

    /// <summary>Named texts.</summary>
    public IReadOnlyDictionary<string, string> Map(string key)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Raw(key) is not { } node) return map;
        if (node is not TableNode values) return Wrong<IReadOnlyDictionary<string, string>>(key, node, "a table of texts") ?? map;
        foreach (var (name, value) in values.Entries)
            map[name] = Scalar(value) ?? Json(value)!.ToJsonString();
        return map;
    }

    /// <summary>A table below this one.</summary>
    public TableReader? Table(string key) => Raw(key) switch
    {
        null => null,
        TableNode node => new TableReader(node, At(key), problems),
        var node => Wrong<TableReader>(key, node, "a table"),
    };

    /// <summary>A list of tables; one table alone counts as a list of one.</summary>
    public IReadOnlyList<TableReader> Tables(string key)
    {
        switch (Raw(key))
        {
            case null: return [];
            case TableNode one: return [new TableReader(one, At(key), problems)];
            case ListNode list:
                var tables = new List<TableReader>();
                foreach (var (item, i) in list.Items.Select((item, i) => (item, i)))
                {
                    if (item is TableNode node) tables.Add(new TableReader(node, $"{At(key)}[{i}]", problems));
                    else problems.Error($"{At(key)}[{i}]", $"expected a table, found {item.Kind}", item);
                }
                return tables;
            case var node:
                problems.Error(At(key), $"expected a list of tables, found {node.Kind}", node);
                return [];
        }
    }

    /// <summary>Reports the keys nobody asked for.</summary>
    public void Done()
    {
        foreach (var (key, value) in table.Entries)
            if (!_asked.Contains(key)) problems.Warning(At(key), $"unknown key \"{key}\"{Similar.Suggest(key, _asked)}; it changes nothing", value);
    }

    /// <summary>A scalar as text; null for lists and tables.</summary>
    public static string? Scalar(Node node) => node switch
    {
        TextNode t => t.Value,
        NumberNode n => n.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        FlagNode f => f.Value ? "true" : "false",
        _ => null,
    };

    /// <summary>A value as JSON.</summary>
    public static JsonNode? Json(Node node) => node switch
    {
        TextNode t => JsonValue.Create(t.Value),
        NumberNode n => JsonValue.Create(n.Value),
        FlagNode f => JsonValue.Create(f.Value),
        ListNode l => new JsonArray([.. l.Items.Select(Json)]),
        TableNode t => new JsonObject(t.Entries.Select(e => KeyValuePair.Create(e.Key, Json(e.Value)))),
        _ => null,
    };

    T? Wrong<T>(string key, Node node, string expected)
    {
        problems.Error(At(key), $"expected {expected}, found {(Scalar(node) is { } text ? $"\"{text}\"" : node.Kind)}", node);
        return default;
    }
}
