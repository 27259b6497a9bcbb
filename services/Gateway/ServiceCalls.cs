using System.Net.Http.Headers;
using System.Text.Json;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace ClaudeManage.Gateway;

/// <summary>What the gateway asks for itself: of any replica of a service, or of a node. Only reads, under a token that can do no more.</summary>
sealed class ServiceCalls : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(10);

    readonly HttpClient _http;
    readonly IProxyStateLookup _state;
    readonly TokenIssuer _issuer;

    public ServiceCalls(IProxyStateLookup state, TokenIssuer issuer, IOptions<GatewayOptions> options)
    {
        (_state, _issuer) = (state, issuer);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(options.Value.ConnectSeconds),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = 64 * 1024 * 1024 };
    }

    /// <summary>The gateway's own token.</summary>
    public AuthenticationHeaderValue Token() => new("Bearer", _issuer.Issue(ActorAddress.System("gateway"), Roles.Viewer, TokenLifetime));

    /// <summary>The answer of the first replica of a service that gives one; null when none does.</summary>
    public async Task<JsonElement?> ReadAsync(string service, string path, CancellationToken ct)
    {
        foreach (var replica in Replicas(service))
            if (await GetAsync(replica, path, Token(), Patience, ct) is { Status: 200, Body: { } body }) return body;
        return null;
    }

    /// <summary>One question to one address.</summary>
    public async Task<Answer> GetAsync(string address, string path, AuthenticationHeaderValue? token, TimeSpan patience, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address.TrimEnd('/') + path) { Headers = { Authorization = token } };
            using var answer = await _http.SendAsync(request, limit.Token);
            var text = await answer.Content.ReadAsByteArrayAsync(limit.Token);
            return new Answer((int)answer.StatusCode, text.Length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(text, JsonOptions), null);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return Answer.None($"did not answer within {patience.TotalSeconds:0.#} seconds"); }
        catch (HttpRequestException e) { return Answer.None($"cannot be reached ({e.HttpRequestError})"); }
        catch (JsonException) { return Answer.None("answered with something that is not JSON"); }
    }

    // A described schema nests deeper than a request may.
    static readonly JsonSerializerOptions JsonOptions = new(JsonSettings.Web) { MaxDepth = 128 };

    IEnumerable<string> Replicas(string service) => _state.TryGetCluster(service, out var cluster)
        ? cluster.Destinations.Values.OrderBy(d => d.Health is { Active: DestinationHealth.Unhealthy } or { Passive: DestinationHealth.Unhealthy }).Select(d => d.Model.Config.Address)
        : [];

    public void Dispose() => _http.Dispose();

    /// <summary>What came back, or why nothing did.</summary>
    internal sealed record Answer(int Status, JsonElement? Body, string? Failure)
    {
        public static Answer None(string why) => new(0, null, why);
    }
}
