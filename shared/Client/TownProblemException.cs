using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ClaudeManage.Client;

/// <summary>The town answered no: an RFC 9457 problem. Repeating the same request gives the same answer.</summary>
public sealed class TownProblemException : Exception
{
    TownProblemException(int status, string code, string detail, string? pointer, IReadOnlyDictionary<string, JsonElement> extensions, string body)
        : base(detail)
    {
        Status = status;
        Code = code;
        Pointer = pointer;
        Extensions = extensions;
        Body = body;
    }

    /// <summary>HTTP status.</summary>
    public int Status { get; }

    /// <summary>Stable name of the reason, documented in docs/api.md; <c>http-503</c> and the like when the answer had none.</summary>
    public string Code { get; }

    /// <summary>What happened, why, and what to do next.</summary>
    public string Detail => Message;

    /// <summary>JSON pointer of the offending field, for status 400.</summary>
    public string? Pointer { get; }

    /// <summary>Further members, e.g. <c>holder</c> and <c>fence</c> of a lost lease.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extensions { get; }

    /// <summary>The answer as it came.</summary>
    public string Body { get; }

    /// <summary>A further member as text; null when it is not there.</summary>
    public string? Text(string member) => Extensions.TryGetValue(member, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;

    /// <summary>Reads an answer, also one that is no problem document.</summary>
    public static TownProblemException Read(HttpStatusCode status, string body)
    {
        var fallback = $"http-{((int)status).ToString(CultureInfo.InvariantCulture)}";
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                var members = document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone());
                string? Take(string name) => members.Remove(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
                var (code, detail, title, pointer) = (Take("code"), Take("detail"), Take("title"), Take("pointer"));
                members.Remove("status");
                members.Remove("type");
                return new((int)status, code ?? fallback, detail ?? title ?? Reason(status, ""), pointer, members, body);
            }
        }
        catch (JsonException) { }
        return new((int)status, fallback, Reason(status, body), null, new Dictionary<string, JsonElement>(), body);
    }

    static string Reason(HttpStatusCode status, string body) => status switch
    {
        HttpStatusCode.Unauthorized => "The token is missing, expired or from another town.",
        HttpStatusCode.TooManyRequests => "Too many requests at once. Wait a moment, then repeat.",
        _ => $"The answer was {(int)status} {status}" + (string.IsNullOrWhiteSpace(body) ? "." : $": {(body.Length > 300 ? body[..300] + "…" : body).Trim()}"),
    };
}
