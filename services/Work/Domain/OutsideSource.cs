using System.Text.RegularExpressions;

namespace ClaudeManage.Work.Domain;

/// <summary>From what an outside system calls itself to the part of an actor address that stands for it.</summary>
static partial class OutsideSource
{
    const int MaxPart = 40;

    /// <summary><c>https://jira.example.com/projects/SHOP</c> → <c>jira-example-com-projects-shop</c>; null when nothing of it can stand in an address.</summary>
    public static string? Part(string source)
    {
        var text = Scheme().Replace(source.ToLowerInvariant(), "");
        var part = string.Join('-', text.Split([.. text.Where(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c)).Distinct()], StringSplitOptions.RemoveEmptyEntries));
        if (part.Length > MaxPart) part = part[..MaxPart].TrimEnd('-');
        return part.Length == 0 ? null : part;
    }

    [GeneratedRegex("^[a-z][a-z0-9+.-]*://", RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();
}
