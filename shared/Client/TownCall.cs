using System.Net.Http.Headers;
using System.Text.Json;

namespace ClaudeManage.Client;

/// <summary>
/// One request, not yet sent. Send it for the typed answer, or for the text exactly as the town wrote it.
/// </summary>
/// <typeparam name="T">The answer; nullable where the town may answer 204.</typeparam>
public sealed class TownCall<T>
{
    /// <summary>How long an answer may take when the call does not say otherwise.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    const int Large = 256 * 1024;

    readonly TownClient _town;
    readonly HttpMethod _method;
    readonly string _path;
    readonly object? _body;
    string? _idempotencyKey;
    long? _version;
    TimeSpan _timeout = DefaultTimeout;

    internal TownCall(TownClient town, HttpMethod method, string path, object? body = null) =>
        (_town, _method, _path, _body) = (town, method, path, body);

    /// <summary>The same key and body get the stored answer for 24 h, so the call can be repeated without doing it twice.</summary>
    public TownCall<T> Once(string idempotencyKey)
    {
        _idempotencyKey = idempotencyKey;
        return this;
    }

    /// <summary>Refused with 412 unless the resource is still at this version.</summary>
    public TownCall<T> IfVersion(long version)
    {
        _version = version;
        return this;
    }

    /// <summary>Lets the answer take longer, as for a long poll.</summary>
    public TownCall<T> Within(TimeSpan timeout)
    {
        _timeout = timeout;
        return this;
    }

    /// <summary>Sends it. An answer without a body gives the default value.</summary>
    /// <exception cref="TownProblemException">The town said no.</exception>
    /// <exception cref="TownUnreachableException">No answer.</exception>
    public async Task<T> SendAsync(CancellationToken ct) => Read(await SendRawAsync(ct));

    /// <summary>Sends it and returns the body as it came; empty for 204.</summary>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public Task<string> SendRawAsync(CancellationToken ct) => _town.SendAsync(Request, _timeout, ct);

    /// <summary>The typed answer in a body.</summary>
    public T Read(string body)
    {
        if (body.Length == 0) return default!;
        try { return JsonSerializer.Deserialize<T>(body, ClientJson.Options)!; }
        catch (JsonException e)
        {
            throw new TownUnreachableException(_town.Address,
                $"{_method} {_path} was answered with something this version cannot read ({e.Path}: {e.Message}). Is {_town.Address} a town, and of the same version?", e);
        }
    }

    HttpRequestMessage Request()
    {
        var request = new HttpRequestMessage(_method, _path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (_body is HttpText text) request.Content = new StringContent(text.Text, System.Text.Encoding.UTF8, text.Type);
        else if (_body is not null)
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(_body, _body.GetType(), ClientJson.Options)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } };
        // A town refuses by the head what is too large and hangs up; who is still sending would meet a broken pipe and not its answer.
        request.Headers.ExpectContinue = request.Content?.Headers.ContentLength > Large;
        if (_idempotencyKey is not null) request.Headers.Add("Idempotency-Key", _idempotencyKey);
        if (_version is { } version) request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        return request;
    }
}

/// <summary>A body that is sent as it is.</summary>
sealed record HttpText(string Text, string Type);
