namespace ClaudeManage.Workflow.Domain.Expressions;

/// <summary>Names selected by <c>*</c> and <c>?</c>.</summary>
static class Glob
{
    /// <summary>Takes time of the order of both lengths multiplied, whatever the pattern.</summary>
    public static bool Matches(string pattern, string name)
    {
        var (p, n, star, mark) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || (pattern[p] == name[n] && pattern[p] != '*'))) (p, n) = (p + 1, n + 1);
            else if (p < pattern.Length && pattern[p] == '*') (star, mark, p) = (p, n, p + 1);
            else if (star >= 0) (p, n) = (star + 1, ++mark);
            else return false;
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
