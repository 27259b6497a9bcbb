using System.Globalization;
using System.Text;
using ClaudeManage.Contracts.Http;
using Microsoft.AspNetCore.Http;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>Keyset paging: <c>?limit=</c> (1–500, default 50) and <c>?after=</c> (opaque, from the previous page).</summary>
public static class Paging
{
    /// <summary>Largest page.</summary>
    public const int MaxLimit = 500;

    /// <summary>The page size asked for; refuses (400) what is out of range.</summary>
    public static int Limit(int? limit, int fallback = 50) => limit switch
    {
        null => fallback,
        >= 1 and <= MaxLimit => limit.Value,
        _ => throw Refusal.Invalid("/limit", $"A page holds 1 to {MaxLimit} entries.").AsException(),
    };

    /// <summary>The keys a previous page ended with; null on the first page.</summary>
    public static string[]? Decode(string? after, int keys)
    {
        if (string.IsNullOrEmpty(after)) return null;
        try
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(after.Replace('-', '+').Replace('_', '/'))).Split('\n');
            if (parts.Length == keys) return parts;
        }
        catch (FormatException) { }
        throw NoMark();
    }

    /// <summary>A key of <see cref="Decode"/> that is a time.</summary>
    public static DateTimeOffset Time(string key) =>
        DateTimeOffset.TryParse(key, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time.ToUniversalTime() : throw NoMark();

    /// <summary>A key of <see cref="Decode"/> that is a time in ticks.</summary>
    public static DateTimeOffset Ticks(string key) => Number(key) is var ticks && ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new(ticks, TimeSpan.Zero) : throw NoMark();

    /// <summary>A key of <see cref="Decode"/> that is a number.</summary>
    public static long Number(string key) => long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw NoMark();

    /// <summary>A key of <see cref="Decode"/> that is an id.</summary>
    public static Guid Id(string key) => Guid.TryParse(key, out var id) ? id : throw NoMark();

    static RefusalException NoMark() => Refusal.Invalid("/after", "This is not a page mark of this list. Begin without `after` and use each answer's `next`.").AsException();

    /// <summary>The mark of the page that begins after these keys.</summary>
    public static string Encode(params object[] keys) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Join('\n', keys.Select(k => FormattableString.Invariant($"{k}"))))).Replace('+', '-').Replace('/', '_');

    /// <summary>A page out of up to limit + 1 rows, with its <c>Link</c> header.</summary>
    public static Page<T> Page<T>(this HttpContext http, IReadOnlyList<T> rows, int limit, Func<T, object[]> keys)
    {
        if (rows.Count <= limit) return new Page<T>(rows, null);
        var items = rows.Take(limit).ToList();
        var next = Encode(keys(items[^1]));
        var query = http.Request.Query.Where(q => q.Key != "after").SelectMany(q => q.Value.Select(v => KeyValuePair.Create(q.Key, v)))
            .Append(KeyValuePair.Create("after", (string?)next));
        http.Response.Headers.Link = $"<{http.Request.PathBase}{http.Request.Path}{QueryString.Create(query)}>; rel=\"next\"";
        return new Page<T>(items, next);
    }
}
