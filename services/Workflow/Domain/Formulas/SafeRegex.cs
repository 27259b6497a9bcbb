using System.Text.RegularExpressions;

namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Patterns from formulas run without backtracking: in time of the text's length, whatever the pattern.</summary>
static class SafeRegex
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Null with the reason when it is no pattern, or one that needs backtracking.</summary>
    public static Regex? TryMake(string pattern, out string? why)
    {
        try
        {
            why = null;
            if (pattern.Length <= 1_000) return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Longest);
            why = "it is longer than 1000 characters";
        }
        catch (ArgumentException e)
        {
            why = e.Message;
        }
        catch (NotSupportedException)
        {
            why = "look-around and back-references are not offered, since they can take for ever";
        }
        return null;
    }
}
