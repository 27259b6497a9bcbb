namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>A value of a formula's source, TOML or JSON alike, and where it stands (lines and columns from 1).</summary>
abstract record Node(int Line, int Column)
{
    /// <summary>What it is called in a message.</summary>
    public abstract string Kind { get; }
}

/// <summary>A text; also a date of TOML, as it is written.</summary>
sealed record TextNode(string Value, int Line, int Column) : Node(Line, Column)
{
    public override string Kind => "a text";
}

/// <summary>A number; 0.50 and 0.5 are the same.</summary>
sealed record NumberNode(decimal Number, int Line, int Column) : Node(Line, Column)
{
    public decimal Value { get; } = Number / 1.0000000000000000000000000000m;

    public override string Kind => "a number";
}

/// <summary>True or false.</summary>
sealed record FlagNode(bool Value, int Line, int Column) : Node(Line, Column)
{
    public override string Kind => "true or false";
}

/// <summary>Several values.</summary>
sealed record ListNode(List<Node> Items, int Line, int Column) : Node(Line, Column)
{
    public override string Kind => "a list";
}

/// <summary>Named values in the order of the source.</summary>
sealed record TableNode(int Line, int Column) : Node(Line, Column)
{
    readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    readonly List<KeyValuePair<string, Node>> _entries = [];

    public override string Kind => "a table";

    public IReadOnlyList<KeyValuePair<string, Node>> Entries => _entries;

    public Node? this[string key] => _index.TryGetValue(key, out var at) ? _entries[at].Value : null;

    /// <summary>False when the key is there already.</summary>
    public bool TryAdd(string key, Node value)
    {
        if (!_index.TryAdd(key, _entries.Count)) return false;
        _entries.Add(new(key, value));
        return true;
    }
}
