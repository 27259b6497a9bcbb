using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace ClaudeManage.Client;

/// <summary>
/// The one reader of <c>text/event-stream</c>: reconnects after a broken connection and goes on behind the last id it saw, so
/// every event comes once and in order.
/// </summary>
sealed class ServerSentEvents(TownClient town, TimeProvider clock)
{
    static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(30);

    /// <summary>Reads until <paramref name="ct"/>, a refusal, or an <c>end</c> event.</summary>
    /// <param name="patience">How long to try again without any event; then the break is thrown.</param>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(
        string path, string? lastId, TimeSpan patience, [EnumeratorCancellation] CancellationToken ct)
    {
        var wait = FirstWait;
        var heard = clock.GetTimestamp();
        while (true)
        {
            var attempt = ConnectAsync(path, lastId, ct).GetAsyncEnumerator(ct);
            await using (attempt.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await attempt.MoveNextAsync()) break;
                    }
                    catch (Exception e) when (IsBreak(e) && !ct.IsCancellationRequested)
                    {
                        if (clock.GetElapsedTime(heard) >= patience) throw;
                        break;
                    }
                    heard = clock.GetTimestamp();
                    wait = FirstWait;
                    if (attempt.Current.EventId is { Length: > 0 } id) lastId = id;
                    yield return attempt.Current;
                    if (attempt.Current.EventType == "end") yield break;
                }
            }
            await Task.Delay(wait, clock, ct);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    async IAsyncEnumerable<SseItem<string>> ConnectAsync(string path, string? lastId, [EnumeratorCancellation] CancellationToken ct)
    {
        using var response = await town.OpenAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            if (lastId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
            return request;
        }, HeadersWithin, ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(ct)) yield return item;
    }

    // A town that restarts refuses for a moment (503) and then goes on.
    static bool IsBreak(Exception e) => e is TownUnreachableException or IOException or HttpRequestException or TownProblemException { Status: 502 or 503 or 504 };
}
