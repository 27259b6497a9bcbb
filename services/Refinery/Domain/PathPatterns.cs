using System.Text;
using System.Text.RegularExpressions;

namespace ClaudeManage.Refinery.Domain;

/// <summary>
/// A rig's protected paths: <c>dir/</c> is everything below it, <c>*</c> stands for anything but a slash, <c>**</c> for
/// anything, all else for itself. Matched in linear time, whatever the pattern.
/// </summary>
static class PathPatterns
{
    public static IReadOnlyList<string> Touched(IReadOnlyList<string>? patterns, IReadOnlyList<string> files)
    {
        if (patterns is null || patterns.Count == 0) return [];
        var matchers = patterns.Select(Matcher).ToList();
        return [.. files.Where(f => matchers.Exists(m => m.IsMatch(f)))];
    }

    static Regex Matcher(string pattern)
    {
        var text = new StringBuilder("^");
        pattern = pattern.StartsWith('/') ? pattern[1..] : pattern;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '*') text.Append(Regex.Escape(pattern[i].ToString()));
            else if (i + 1 < pattern.Length && pattern[i + 1] == '*') (_, i) = (text.Append(".*"), i + 1);
            else text.Append("[^/]*");
        }
        if (!pattern.EndsWith('/')) text.Append("(/.*)?$");
        return new Regex(text.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }
}
