using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features;

/// <summary>The version as an entity tag.</summary>
static class ETags
{
    /// <summary>Says which version the answer shows.</summary>
    public static void SetETag(this HttpContext http, long version) => http.Response.Headers.ETag = $"\"{version}\"";

    /// <summary>Refuses (412) when the caller saw another version; without <c>If-Match</c> everything matches.</summary>
    public static void RequireMatch(this HttpContext http, long version)
    {
        var asked = http.Request.Headers.IfMatch.ToString();
        if (asked.Length == 0 || asked == "*") return;
        if (!asked.Split(',', StringSplitOptions.TrimEntries).Any(tag => tag == $"\"{version}\"" || tag == $"W/\"{version}\"" || tag == $"{version}"))
            throw Refusal.VersionMismatch(version).AsException();
    }
}
