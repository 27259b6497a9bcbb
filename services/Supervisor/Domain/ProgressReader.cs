using System.Text;
using System.Text.Json;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>
/// Finds a worker's reports in its output: lines that are JSON objects with a <c>cm</c> member, e.g.
/// <c>{"cm":"progress","message":"half-way","percent":50}</c>. Fed piece by piece; a line may be cut anywhere.
/// </summary>
sealed class ProgressReader
{
    const int MaxLine = 8 * 1024;
    const int MaxMessage = 300;

    readonly List<byte> _line = [];
    bool _tooLong;

    /// <summary>The last report seen.</summary>
    public string? Latest { get; private set; }

    /// <summary>True when the bytes held a report.</summary>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        var found = false;
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            Keep(end < 0 ? bytes : bytes[..end]);
            if (end < 0) break;
            found |= EndLine();
            bytes = bytes[(end + 1)..];
        }
        return found;
    }

    void Keep(ReadOnlySpan<byte> bytes)
    {
        // Only what may be a report is kept: an object begins with '{', perhaps after blanks.
        if (_tooLong) return;
        if (_line.Count == 0 && !bytes.IsEmpty && bytes.TrimStart(" \t"u8) is var rest && !rest.IsEmpty && rest[0] != (byte)'{') _tooLong = true;
        else if (_line.Count + bytes.Length > MaxLine) _tooLong = true;
        else _line.AddRange(bytes);
    }

    bool EndLine()
    {
        var text = _tooLong ? null : Report(_line);
        _line.Clear();
        _tooLong = false;
        if (text is null) return false;
        Latest = text;
        return true;
    }

    static string? Report(List<byte> line)
    {
        if (line.Count == 0) return null;
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString([.. line]));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("cm", out var kind)) return null;
            var words = root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String ? message.GetString()! : kind.ToString();
            if (root.TryGetProperty("percent", out var percent) && percent.ValueKind == JsonValueKind.Number) words += $" ({percent.GetRawText()} %)";
            words = new string([.. words.Where(c => !char.IsControl(c))]);
            return words.Length <= MaxMessage ? words : words[..MaxMessage];
        }
        catch (JsonException) { return null; }
    }
}
