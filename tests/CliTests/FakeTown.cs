using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using ClaudeManage.Client;

namespace ClaudeManage.CliTests;

/// <summary>A town that says what the test wants, and remembers what it was asked.</summary>
sealed class FakeTown : HttpMessageHandler
{
    readonly ConcurrentDictionary<string, Func<Asked, HttpResponseMessage>> _answers = new();

    public sealed record Asked(string Method, string Path, string Query, string? Bearer, string? IfMatch, string? LastEventId, string Body, Uri Uri)
    {
        public JsonElement Json => JsonElement.Parse(Body);
    }

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>When set, nobody answers.</summary>
    public bool Gone { get; set; }

    public Asked Last(string method, string path) => Requests.Last(r => r.Method == method && r.Path == path);

    public FakeTown On(string method, string path, Func<Asked, HttpResponseMessage> answer)
    {
        _answers[$"{method} {path}"] = answer;
        return this;
    }

    public FakeTown On(string method, string path, object body, int status = 200) => On(method, path, _ => Json(body, status));

    public FakeTown Refuse(string method, string path, int status, string code, string detail) =>
        On(method, path, _ => Json(new { status, code, detail, title = "No" }, status, "application/problem+json"));

    public static HttpResponseMessage Json(object body, int status = 200, string type = "application/json") =>
        Text(body as string ?? JsonSerializer.Serialize(body, ClientJson.Options), type, status);

    public static HttpResponseMessage Text(string body, string type, int status = 200) =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        if (Gone) throw new HttpRequestException("Connection refused");
        var path = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath);
        var asked = new Asked(request.Method.Method, path, request.RequestUri.Query, request.Headers.Authorization?.Parameter,
            request.Headers.TryGetValues("If-Match", out var match) ? match.Single() : null,
            request.Headers.TryGetValues("Last-Event-ID", out var last) ? last.Single() : null,
            request.Content is null ? "" : await request.Content.ReadAsStringAsync(ct), request.RequestUri);
        Requests.Enqueue(asked);
        return _answers.TryGetValue($"{asked.Method} {path}", out var answer) ? answer(asked)
            : Json(new { status = 404, code = "not-found", detail = $"There is no {path} here." }, 404);
    }

    protected override void Dispose(bool disposing) { }      // one fake serves many clients
}
