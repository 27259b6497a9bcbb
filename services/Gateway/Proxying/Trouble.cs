using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace ClaudeManage.Gateway.Proxying;

/// <summary>What the gateway says when a request could not be passed on.</summary>
static class Trouble
{
    public const int RetryAfterSeconds = 2;

    /// <summary>413. The server closes the connection with the rest of such a body unread; the caller should not send another request on it.</summary>
    public static Task TellTooLargeAsync(this HttpContext http)
    {
        if (HttpProtocol.IsHttp11(http.Request.Protocol)) http.Response.Headers.Connection = "close";
        var most = http.RequestServices.GetRequiredService<IOptions<EdgeOptions>>().Value.MaxBodyBytes;
        return http.WriteRefusalAsync(new Refusal(413, "too-large", $"The body is larger than {most} bytes. Send less at once."));
    }

    /// <summary>503: who does not answer, and what to do.</summary>
    public static Refusal Unreachable(string who, string service, string why) => new(503, "service-unavailable",
        $"{who} {why}. Repeat the request in {RetryAfterSeconds} seconds; `cm doctor` and /health/ready tell what is down.", null, new Dictionary<string, object?> { ["service"] = service });

    /// <summary>Answers with a refusal, and with when to come again.</summary>
    public static Task TellAsync(this HttpContext http, Refusal refusal)
    {
        if (refusal.Status == 503) http.Response.Headers.RetryAfter = $"{RetryAfterSeconds}";
        return http.WriteRefusalAsync(refusal);
    }

    /// <summary>Turns a failed forwarding into a problem document; nothing when there was none or the answer has begun.</summary>
    public static async Task TellAsync(HttpContext http, string who, string service)
    {
        if (http.Features.Get<IForwarderErrorFeature>() is not { } failure || http.Response.HasStarted || http.RequestAborted.IsCancellationRequested) return;
        http.Response.Clear();
        if (Find<BadHttpRequestException>(failure.Exception) is { } bad)
        {
            await (bad.StatusCode == 413 ? http.TellTooLargeAsync() : http.WriteRefusalAsync(new Refusal(bad.StatusCode, "malformed", bad.Message)));
            return;
        }
        await http.TellAsync(Unreachable(who, service, failure.Error switch
        {
            ForwarderError.NoAvailableDestinations => "has no address that answers",
            ForwarderError.RequestTimedOut => "did not answer in time; it may have done what was asked",
            _ when failure.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => "cannot be reached; nothing was done",
            _ => "hung up before it had answered; it may have done what was asked",
        }));
    }

    static T? Find<T>(Exception? e) where T : Exception => e switch
    {
        T found => found,
        AggregateException many => many.InnerExceptions.Select(Find<T>).FirstOrDefault(x => x is not null),
        { InnerException: { } inner } => Find<T>(inner),
        _ => null,
    };
}
