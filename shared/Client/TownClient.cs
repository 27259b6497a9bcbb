using System.Net.Http.Headers;

namespace ClaudeManage.Client;

/// <summary>
/// Typed access to a town's HTTP surface, for programs of any kind. Methods return a <see cref="TownCall{T}"/> that is sent with
/// <see cref="TownCall{T}.SendAsync"/>. Safe for concurrent use.
/// </summary>
public sealed partial class TownClient : IDisposable
{
    readonly HttpClient _http;
    readonly TimeProvider _clock;

    /// <summary>A client for the town at <paramref name="address"/>.</summary>
    /// <param name="token">Bearer token; null asks without one (health only).</param>
    /// <param name="handler">Replaces the network, in tests.</param>
    public TownClient(Uri address, string? token, HttpMessageHandler? handler = null, TimeProvider? clock = null)
        : this(new HttpClient(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }, disposeHandler: true)
        {
            BaseAddress = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/"),
        }, clock)
    {
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>A client over an <see cref="HttpClient"/> that has a base address and whatever headers it needs.</summary>
    public TownClient(HttpClient http, TimeProvider? clock = null)
    {
        _http = http;
        _http.Timeout = Timeout.InfiniteTimeSpan;      // every call has its own; a stream has none
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The town's base address.</summary>
    public Uri Address => _http.BaseAddress!;

    /// <summary>Any other request, for what has no method here.</summary>
    public TownCall<T> Call<T>(HttpMethod method, string path, object? body = null) => new(this, method, path, body);

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    internal async Task<string> SendAsync(Func<HttpRequestMessage> request, TimeSpan timeout, CancellationToken ct)
    {
        using var response = await OpenAsync(request, timeout, ct);
        try { return await response.Content.ReadAsStringAsync(ct); }
        catch (Exception e) when (e is HttpRequestException or IOException) { throw Broken(e); }
    }

    /// <summary>Sends and returns once the headers are there; a refusal is thrown.</summary>
    internal async Task<HttpResponseMessage> OpenAsync(Func<HttpRequestMessage> make, TimeSpan timeout, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var request = make();
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.IsSuccessStatusCode) return response;
            using (response) throw TownProblemException.Read(response.StatusCode, await response.Content.ReadAsStringAsync(either.Token));
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TownUnreachableException(Address, $"The town at {Address} did not answer within {timeout.TotalSeconds:0} s.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException) { throw Broken(e); }
    }

    TownUnreachableException Broken(Exception e) => new(Address, $"The town at {Address} does not answer: {(e.InnerException ?? e).Message}", e);

    TownCall<T> Get<T>(string path) => new(this, HttpMethod.Get, path);

    TownCall<T> Post<T>(string path, object? body = null) => new(this, HttpMethod.Post, path, body);

    static string Esc(string part) => Uri.EscapeDataString(part);

    /// <summary>A query string of the pairs that have a value.</summary>
    internal static string Query(params (string Key, object? Value)[] pairs)
    {
        var parts = pairs.Where(p => p.Value is not null).Select(p => $"{p.Key}={Esc(Text(p.Value!))}").ToList();
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }

    static string Text(object value) => value switch
    {
        bool b => b ? "true" : "false",
        DateTimeOffset at => at.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        IFormattable f => f.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
