using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features;

/// <summary>Reads filters out of a query string.</summary>
static class Query
{
    /// <summary>Names of an enum as the API writes them, separated by commas; null when there is no filter.</summary>
    public static IReadOnlyList<T>? Names<T>(string? text, string pointer) where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text)) return null;
        return [.. text.Split(',', StringSplitOptions.TrimEntries).Select(name =>
        {
            foreach (var value in Enum.GetValues<T>()) if (Persistence.SnakeCase.Of(value.ToString()) == name) return value;
            throw Refusal.Invalid(pointer, $"'{name}' is none of {string.Join(", ", Enum.GetValues<T>().Select(v => Persistence.SnakeCase.Of(v.ToString())))}.").AsException();
        })];
    }

    /// <summary>A pattern in which only <c>*</c> means something, as SQL LIKE with <c>\</c> as escape.</summary>
    public static string Like(string glob) => glob.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_").Replace('*', '%');
}
