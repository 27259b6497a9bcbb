using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Supervisor.Town;

/// <summary>The calls over HTTP, with the node's own token.</summary>
sealed class HttpTownCalls(TownAddress address, NodeToken token) : ITownCalls, IDisposable
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Longest };

    public async Task<ClaimResult?> ClaimAsync(string hookId, Guid assignmentId, Guid sessionId, CancellationToken ct) =>
        await SendAsync<ClaimResult>(HttpMethod.Post, $"hooks/{Uri.EscapeDataString(hookId)}/claim?assignment={assignmentId}&session={sessionId}", null, ct);

    public async Task<IReadOnlyList<RenewResult>> RenewAsync(IReadOnlyList<string> tokens, CancellationToken ct)
    {
        var answer = await NeedAsync<RenewResults>(HttpMethod.Post, "leases/renew", new RenewRequest(null, tokens), ct);
        return answer.Items.Count == tokens.Count ? answer.Items
            : throw new TownUnreachableException($"{tokens.Count} leases to renew, {answer.Items.Count} answers");
    }

    public Task ReleaseAsync(ReleaseRequest request, CancellationToken ct) => SendAsync<object>(HttpMethod.Post, "leases/release", request, ct);

    public Task<DoneResult> DoneAsync(string workItemId, DoneRequest request, CancellationToken ct) =>
        NeedAsync<DoneResult>(HttpMethod.Post, $"work-items/{Uri.EscapeDataString(workItemId)}/done", request, ct);

    public Task HandoffAsync(HandoffRequest request, CancellationToken ct) => SendAsync<HandoffSnapshot>(HttpMethod.Post, "handoffs", request, ct);

    public Task<AssignmentSnapshot> AssignmentAsync(Guid assignmentId, CancellationToken ct) =>
        NeedAsync<AssignmentSnapshot>(HttpMethod.Get, $"assignments/{assignmentId}", null, ct);

    public void Dispose() => _http.Dispose();

    async Task<T> NeedAsync<T>(HttpMethod method, string path, object? body, CancellationToken ct) where T : class =>
        await SendAsync<T>(method, path, body, ct) ?? throw new TownUnreachableException($"{method} {path}: an answer without a body");

    async Task<T?> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken ct) where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(await address.GetAsync(ct), path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Current());
            if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: JsonSettings.Web);
            using var response = await _http.SendAsync(request, ct);
            if (!response.IsSuccessStatusCode) throw await NoAsync(response, ct);
            return response.StatusCode == HttpStatusCode.NoContent || response.Content.Headers.ContentLength == 0 ? null
                : await response.Content.ReadFromJsonAsync<T>(JsonSettings.Web, ct);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested) { throw new TownUnreachableException($"{method} {path}: no answer within {Longest.TotalSeconds:0} s", e); }
        catch (Exception e) when (e is HttpRequestException or JsonException or IOException) { throw new TownUnreachableException($"{method} {path}: {e.Message}", e); }
    }

    static async Task<Exception> NoAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        var (code, detail) = Read(await response.Content.ReadAsStringAsync(ct));
        // 401 is our own token that ran out, 408, 425 and 429 ask for another try, 5xx is the town's trouble.
        return status is 401 or 408 or 425 or 429 or >= 500 ? new TownUnreachableException($"status {status}: {detail}") : new TownRefusedException(status, code, detail);
    }

    static (string Code, string Detail) Read(string body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            var root = problem.RootElement;
            string? Text(string name) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return (Text("code") ?? "unknown", Text("detail") ?? Text("title") ?? "no reason given");
        }
        catch (JsonException) { return ("unknown", body.Length == 0 ? "no reason given" : body[..Math.Min(body.Length, 500)]); }
    }
}
