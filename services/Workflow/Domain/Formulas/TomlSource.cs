using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Reads TOML into nodes; what is no TOML is reported by line and column.</summary>
static class TomlSource
{
    public static TableNode? Read(string text, Problems problems)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(text, "formula", validate: false);
        }
        catch (TomlException e)
        {
            // Not a diagnosis but an end: nested deeper than the parser goes.
            problems.Error("", $"it cannot be read as TOML: {e.Message.Split(". ")[0]}");
            return null;
        }
        foreach (var message in document.Diagnostics)
            problems.Error("", $"line {message.Span.Start.Line + 1}, column {message.Span.Start.Column + 1}: {message.Message}",
                new FlagNode(false, message.Span.Start.Line + 1, message.Span.Start.Column + 1));
        if (document.HasErrors) return null;
        var root = new TableNode(1, 1);
        var opened = new HashSet<TableNode>(ReferenceEqualityComparer.Instance);
        foreach (var pair in document.KeyValues) Set(root, pair, problems);
        foreach (var table in document.Tables)
        {
            var into = Open(root, table);
            if (!opened.Add(into)) Twice(Path(table.Name!)[^1], At(table), problems);
            foreach (var pair in table.Items) Set(into, pair, problems);
        }
        return problems.HasErrors ? null : root;
    }

    // Not left to the parser's own validation, which takes an inline table of one array's element for another element's.
    static void Twice(string key, (int Line, int Column) at, Problems problems) =>
        problems.Error("", $"line {at.Line}, column {at.Column}: \"{key}\" is defined twice", new FlagNode(false, at.Line, at.Column));

    static TableNode Open(TableNode root, TableSyntaxBase syntax)
    {
        var path = Path(syntax.Name!);
        var into = Walk(root, path, syntax);
        var (line, column) = At(syntax);
        if (syntax is not TableArraySyntax) return Step(into, path[^1], line, column);
        if (into[path[^1]] is not ListNode list) into.TryAdd(path[^1], list = new ListNode([], line, column));
        var item = new TableNode(line, column);
        list.Items.Add(item);
        return item;
    }

    static void Set(TableNode table, KeyValueSyntax pair, Problems problems)
    {
        var path = Path(pair.Key!);
        if (!Walk(table, path, pair).TryAdd(path[^1], Value(pair.Value!, problems))) Twice(path[^1], At(pair), problems);
    }

    static TableNode Walk(TableNode from, List<string> path, SyntaxNode at)
    {
        var (line, column) = At(at);
        foreach (var part in path.SkipLast(1)) from = Step(from, part, line, column);
        return from;
    }

    // A name that is an array of tables means its last one.
    static TableNode Step(TableNode from, string part, int line, int column)
    {
        switch (from[part])
        {
            case TableNode there: return there;
            case ListNode { Items: [.., TableNode last] }: return last;
            default:
                var made = new TableNode(line, column);
                from.TryAdd(part, made);
                return made;
        }
    }

    static Node Value(ValueSyntax value, Problems problems)
    {
        var (line, column) = At(value);
        switch (value)
        {
            case StringValueSyntax text: return new TextNode(text.Value ?? "", line, column);
            case IntegerValueSyntax number: return new NumberNode(number.Value, line, column);
            case FloatValueSyntax number when double.IsFinite(number.Value) && Math.Abs(number.Value) < 1e15: return new NumberNode((decimal)number.Value, line, column);
            case BooleanValueSyntax flag: return new FlagNode(flag.Value, line, column);
            case ArraySyntax array:
                var list = new ListNode([], line, column);
                foreach (var item in array.Items) list.Items.Add(Value(item.Value!, problems));
                return list;
            case InlineTableSyntax inline:
                var table = new TableNode(line, column);
                foreach (var item in inline.Items) Set(table, item.KeyValue!, problems);
                return table;
            default: return new TextNode(value.ToString().Trim(), line, column);
        }
    }

    static List<string> Path(KeySyntax key)
    {
        var path = new List<string> { Name(key.Key!) };
        foreach (var dot in key.DotKeys) path.Add(Name(dot.Key!));
        return path;
    }

    static string Name(BareKeyOrStringValueSyntax key) => key switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? "",
        StringValueSyntax text => text.Value ?? "",
        _ => key.ToString().Trim(),
    };

    static (int Line, int Column) At(SyntaxNode node) => (node.Span.Start.Line + 1, node.Span.Start.Column + 1);
}
