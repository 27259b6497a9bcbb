using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace ClaudeManage.Gateway.Proxying;

/// <summary>
/// A request that a replica did not take is sent to another one, if that cannot do harm: it never reached the first (no connection), or it
/// may be repeated anyway (GET, PUT, DELETE, POST under an <c>Idempotency-Key</c>). What remains is told as a 503 that names the service.
/// </summary>
static class SendElsewhere
{
    const int MostAttempts = 3;
    static readonly object MayRetry = new();

    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var limits = http.RequestServices.GetRequiredService<IOptions<EdgeOptions>>().Value;
        var proxy = http.GetReverseProxyFeature();
        var streamed = proxy.Route.Config.MaxRequestBodySize is not null;
        if (!streamed && http.Request.ContentLength > limits.MaxBodyBytes)
        {
            await http.TellTooLargeAsync();
            return;
        }
        var left = proxy.AvailableDestinations;
        var repeatable = IsRepeatable(http.Request) && left.Count > 1 && !streamed;
        // To be sent again a body must be kept; it is at most as large as any body here.
        if (repeatable && HasBody(http.Request)) http.Request.EnableBuffering((int)Math.Min(limits.MaxBodyBytes, int.MaxValue), limits.MaxBodyBytes + 1);
        for (var attempt = 1; ; attempt++)
        {
            http.Items[MayRetry] = repeatable && left.Count > 1 && attempt < MostAttempts;
            await next(http);
            var tried = proxy.ProxiedDestination;
            left = [.. left.Where(d => d != tried)];
            if (http.Response.HasStarted || left.Count == 0 || attempt == MostAttempts || !(repeatable ? Failed(http) : NeverSent(http))) break;
            http.Response.Clear();
            http.Features.Set<IForwarderErrorFeature>(null);
            if (repeatable && http.Request.Body.CanSeek) http.Request.Body.Position = 0;
            proxy.AvailableDestinations = left;
            proxy.ProxiedDestination = null;
        }
        await Trouble.TellAsync(http, $"The service {proxy.Cluster.Config.ClusterId}", proxy.Cluster.Config.ClusterId);
    }

    /// <summary>True for an answer that is thrown away because another replica will be asked.</summary>
    public static bool Discards(HttpContext http, int status) => status is 502 or 503 && http.Items[MayRetry] is true;

    static bool IsRepeatable(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsPut(request.Method) || HttpMethods.IsDelete(request.Method)
        || (HttpMethods.IsPost(request.Method) && request.Headers["Idempotency-Key"].ToString().Length > 0);

    static bool HasBody(HttpRequest request) => request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;

    static bool Failed(HttpContext http) => http.Features.Get<IForwarderErrorFeature>() is { } failure
        ? failure.Error is ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.ResponseHeaders
        : http.Response.StatusCode is 502 or 503 && http.Items[MayRetry] is true;

    static bool NeverSent(HttpContext http) => http.Features.Get<IForwarderErrorFeature>()?.Exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError,
    };
}
