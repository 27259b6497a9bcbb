using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// Requests per second, a token bucket for each token, or address where there is none. The buckets are the platform's and are
/// filled when they are asked; ASP.NET Core's own middleware would wake every process twenty times a second to fill them.
/// </summary>
sealed class RequestLimit(IOptions<EdgeOptions> edge)
{
    const int Many = 1_000;

    readonly ConcurrentDictionary<string, TokenBucketRateLimiter> _buckets = new();
    readonly TokenBucketRateLimiterOptions _options = new()
    {
        TokenLimit = edge.Value.RequestBurst,
        TokensPerPeriod = edge.Value.RequestsPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
        AutoReplenishment = false,
    };

    /// <summary>After authentication: 429 with <c>Retry-After</c> for who asks too often.</summary>
    public static void Use(IApplicationBuilder app)
    {
        var limit = app.ApplicationServices.GetRequiredService<RequestLimit>();
        app.Use((http, next) =>
        {
            if (limit.Admit(http.User.FindFirst("sub")?.Value ?? http.Connection.RemoteIpAddress?.ToString() ?? "unknown")) return next(http);
            http.Response.Headers.RetryAfter = "1";
            return http.WriteRefusalAsync(new Refusal(429, "too-many-requests", "More requests than this token may make. Wait a second and repeat."));
        });
    }

    internal bool Admit(string who)
    {
        if (!_buckets.TryGetValue(who, out var bucket))
        {
            if (_buckets.Count >= Many) ForgetFull();
            bucket = _buckets.GetOrAdd(who, _ => new TokenBucketRateLimiter(_options));
        }
        bucket.TryReplenish();
        using var lease = bucket.AttemptAcquire();
        return lease.IsAcquired;
    }

    // A full bucket is as good as a new one.
    void ForgetFull()
    {
        foreach (var (who, bucket) in _buckets)
        {
            bucket.TryReplenish();
            if (bucket.IdleDuration is not null) _buckets.TryRemove(who, out _);
        }
    }
}
