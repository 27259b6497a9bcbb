using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ClaudeManage.Cli.Output;

/// <summary>Texts from elsewhere made fit for a screen.</summary>
static partial class Text
{
    /// <summary>On one line, without control characters: a title cannot move the cursor or colour the screen.</summary>
    public static string Line(string? text) => text is null ? "" : new string([.. text.Where(c => c is '\n' or '\t' or ' ' || !IsControl(c)).Select(c => c is '\n' or '\t' ? ' ' : c)]);

    /// <summary>Several lines, without control characters.</summary>
    public static string Plain(string? text) => text is null ? "" : new string([.. text.Where(c => c is '\n' or '\t' || !IsControl(c))]);

    /// <summary>What an agent printed, for a screen: colours stay, everything else that steers a terminal goes.</summary>
    public static string Output(string text) => Steering().Replace(text, m => m.Value.EndsWith('m') && m.Value.StartsWith("\u001b[", StringComparison.Ordinal) ? m.Value : "");

    /// <summary>Columns it takes; wide East Asian characters and emoji take two.</summary>
    public static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
            width += Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0
                : rune.Value is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F300 and <= 0x1FAFF or >= 0x20000 and <= 0x3FFFD ? 2
                : 1;
        return width;
    }

    /// <summary>At most so many columns, with … where it was cut.</summary>
    public static string Cut(string text, int width)
    {
        if (Width(text) <= width) return text;
        if (width <= 1) return "…";
        var kept = new StringBuilder();
        var used = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var next = rune.ToString();
            var size = Width(next);
            if (used + size > width - 1) break;
            kept.Append(next);
            used += size;
        }
        return kept.ToString().TrimEnd() + "…";
    }

    /// <summary>Lines of at most so many columns, broken at spaces.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        foreach (var paragraph in text.Split('\n'))
        {
            var line = new StringBuilder();
            foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.Length > 0 && Width(line.ToString()) + 1 + Width(word) > width)
                {
                    yield return line.ToString();
                    line.Clear();
                }
                if (line.Length > 0) line.Append(' ');
                line.Append(word);
            }
            yield return line.ToString();
        }
    }

    /// <summary>How long, in the largest unit that fits: <c>40s</c>, <c>12m</c>, <c>3h</c>, <c>9d</c>.</summary>
    public static string Age(TimeSpan span) => span switch
    {
        { TotalSeconds: < 0 } => "-" + Age(-span),
        { TotalSeconds: < 100 } => $"{(int)span.TotalSeconds}s",
        { TotalMinutes: < 100 } => $"{(int)span.TotalMinutes}m",
        { TotalHours: < 48 } => $"{(int)span.TotalHours}h",
        _ => $"{(int)span.TotalDays}d",
    };

    /// <summary>An enum's value as it stands in JSON.</summary>
    public static string Wire<T>(T value) where T : struct, Enum => System.Text.Json.JsonSerializer.Serialize(value).Trim('"');

    /// <summary>One or many.</summary>
    public static string Count(long n, string one, string? many = null) => $"{n.ToString(CultureInfo.InvariantCulture)} {(n == 1 ? one : many ?? one + "s")}";

    static bool IsControl(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    [GeneratedRegex("\u001b\\[[0-?]*[ -/]*[@-~]|\u001b[\\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\\\)?|\u001b[@-Z\\\\-_]|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001b\u001c-\u001f\u007f\u0080-\u009f]")]
    private static partial Regex Steering();
}
