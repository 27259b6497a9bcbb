using System.Globalization;
using System.Text.RegularExpressions;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Durations as people write them.</summary>
static partial class Duration
{
    /// <summary>Two years; more is a mistake.</summary>
    public const int Longest = 2 * 365 * 86_400;

    /// <summary>Seconds of <c>90</c>, <c>30s</c>, <c>5m</c>, <c>1h30m</c> or <c>2d</c>; null for anything else.</summary>
    public static int? Seconds(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var plain)) return plain <= Longest ? plain : null;
        if (!Whole().IsMatch(text)) return null;
        long seconds = 0;
        foreach (Match part in Part().Matches(text))
            seconds += long.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * part.Groups[2].Value switch { "d" => 86_400, "h" => 3_600, "m" => 60, _ => 1 };
        return seconds <= Longest ? (int)seconds : null;
    }

    [GeneratedRegex(@"^([0-9]{1,9}(d|h|m|s))+$", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex("([0-9]+)(d|h|m|s)", RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
