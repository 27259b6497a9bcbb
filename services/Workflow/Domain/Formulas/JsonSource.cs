using System.Text;
using System.Text.Json;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Reads JSON into nodes; what is no JSON is reported by line and column.</summary>
static class JsonSource
{
    public static TableNode? Read(string text, Problems problems)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var lines = new LineTable(bytes);
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 64 });
            reader.Read();
            var value = Value(ref reader, lines, problems, "");
            if (reader.Read()) throw new JsonException("One object makes a formula; there is more after it.");
            if (value is TableNode table) return problems.HasErrors ? null : table;
            problems.Error("", $"A formula is an object, and this is {value.Kind}.", value);
        }
        catch (JsonException e)
        {
            var at = new FlagNode(false, (int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1);
            problems.Error("", $"line {at.Line}, column {at.Column}: {e.Message.Split(" LineNumber:")[0]}", at);
        }
        return null;
    }

    static Node Value(ref Utf8JsonReader reader, LineTable lines, Problems problems, string place)
    {
        var (line, column) = lines.At((int)reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return new TextNode(Text(ref reader), line, column);
            case JsonTokenType.Number: return reader.TryGetDecimal(out var number) ? new NumberNode(number, line, column) : new TextNode(Encoding.UTF8.GetString(reader.ValueSpan), line, column);
            case JsonTokenType.True or JsonTokenType.False: return new FlagNode(reader.GetBoolean(), line, column);
            case JsonTokenType.StartArray:
                var list = new ListNode([], line, column);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    if (reader.TokenType != JsonTokenType.Null) list.Items.Add(Value(ref reader, lines, problems, $"{place}[{list.Items.Count}]"));
                return list;
            case JsonTokenType.StartObject:
                var table = new TableNode(line, column);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = Text(ref reader);
                    var at = place.Length == 0 ? key : $"{place}.{key}";
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.Null) continue;
                    var value = Value(ref reader, lines, problems, at);
                    if (!table.TryAdd(key, value)) problems.Error(at, "the same key twice", value);
                }
                return table;
            default: throw new JsonException("A formula is an object.");
        }
    }

    // The reader does not decode half of a surrogate pair. It stays one here: the check of all texts refuses it with its place.
    static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\ud800";
        }
    }

    /// <summary>Where a byte stands.</summary>
    sealed class LineTable
    {
        readonly List<int> _starts = [0];

        public LineTable(byte[] bytes)
        {
            for (var i = 0; i < bytes.Length; i++)
                if (bytes[i] == '\n') _starts.Add(i + 1);
        }

        public (int Line, int Column) At(int offset)
        {
            var index = _starts.BinarySearch(offset);
            if (index < 0) index = ~index - 1;
            return (index + 1, offset - _starts[index] + 1);
        }
    }
}
