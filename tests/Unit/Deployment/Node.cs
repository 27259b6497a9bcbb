using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace ClaudeManage.Unit.Deployment;

/// <summary>A place in a YAML document; what is not there is empty, and so is everything below it.</summary>
readonly record struct Node(object? Value)
{
    public bool Exists => Value is not null;

    public string Text => Value as string ?? "";

    /// <summary>What lies under a path of keys.</summary>
    public Node this[params string[] path] => path.Aggregate(this, (node, key) => new(node.Value is IDictionary<object, object?> map && map.TryGetValue(key, out var value) ? value : null));

    public IEnumerable<Node> Items => Value is IEnumerable<object?> list and not IDictionary<object, object?> ? list.Select(v => new Node(v)) : [];

    public IEnumerable<(string Key, Node Value)> Entries => Value is IDictionary<object, object?> map ? map.Select(e => ($"{e.Key}", new Node(e.Value))) : [];

    public IReadOnlyList<string> Texts => [.. Items.Select(i => i.Text)];

    /// <summary>The documents of a file, with anchors and merge keys resolved.</summary>
    public static IReadOnlyList<Node> Parse(string yaml)
    {
        var deserializer = new DeserializerBuilder().Build();
        var parser = new MergingParser(new Parser(new StringReader(yaml)));
        parser.Consume<YamlDotNet.Core.Events.StreamStart>();
        var documents = new List<Node>();
        while (parser.Accept<YamlDotNet.Core.Events.DocumentStart>(out _)) documents.Add(new Node(deserializer.Deserialize(parser)));
        return documents;
    }
}
