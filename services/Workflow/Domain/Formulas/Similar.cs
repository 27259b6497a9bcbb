namespace ClaudeManage.Workflow.Domain.Formulas;

/// <summary>Finds what somebody probably meant.</summary>
static class Similar
{
    /// <summary><c>, did you mean "x"?</c>, or nothing when nothing is near.</summary>
    public static string Suggest(string word, IEnumerable<string> known)
    {
        var best = known.Select(k => (Word: k, Distance: Distance(word, k))).Where(k => k.Distance < word.Length && k.Distance <= Math.Max(word.Length > 3 ? 2 : 1, word.Length / 3))
            .OrderBy(k => k.Distance).ThenBy(k => k.Word, StringComparer.Ordinal).FirstOrDefault();
        return best.Word is null ? "" : $", did you mean \"{best.Word}\"?";
    }

    static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 5 || a.Length > 80) return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? diagonal : diagonal + 1;
                (diagonal, row[j]) = (row[j], Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1));
            }
        }
        return row[^1];
    }
}
