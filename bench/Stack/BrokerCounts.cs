using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ClaudeManage.Bench;

/// <summary>What a broker has counted in one virtual host since it was made.</summary>
sealed record BrokerCount(long Published, long Acknowledged, long Waiting);

/// <summary>Asks a broker's management API how many messages there were.</summary>
sealed class BrokerCounts : IDisposable
{
    /// <summary>The broker's statistics are gathered every five seconds.</summary>
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(5.5);

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    readonly HttpClient _http;
    readonly string _virtualHost;
    readonly TimeProvider _clock;

    public BrokerCounts(Uri management, string virtualHost, TimeProvider clock)
    {
        (_virtualHost, _clock) = (virtualHost, clock);
        _http = new HttpClient { BaseAddress = new Uri(management.GetLeftPart(UriPartial.Authority)) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
    }

    /// <summary>The counts once nothing waits any more and they do not grow.</summary>
    public async Task<BrokerCount> SettledAsync(CancellationToken ct)
    {
        var began = _clock.GetTimestamp();
        var last = await ReadAsync(ct);
        while (true)
        {
            await Task.Delay(Interval, _clock, ct);
            var now = await ReadAsync(ct);
            // A heartbeat of a node is a message too.
            if (now.Waiting == 0 && now.Published - last.Published < 20) return now;
            if (_clock.GetElapsedTime(began) > Patience) throw new InvalidOperationException($"{now.Waiting} messages still wait in the broker after {Patience.TotalSeconds:0} s.");
            last = now;
        }
    }

    async Task<BrokerCount> ReadAsync(CancellationToken ct)
    {
        using var json = JsonDocument.Parse(await _http.GetStringAsync($"api/vhosts/{_virtualHost}", ct));
        var root = json.RootElement;
        var counts = root.TryGetProperty("message_stats", out var found) ? found : default;
        return new BrokerCount(Number(counts, "publish"), Number(counts, "ack"), Number(root, "messages"));
    }

    static long Number(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value.GetInt64() : 0;

    public void Dispose() => _http.Dispose();
}
