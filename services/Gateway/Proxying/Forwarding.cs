using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace ClaudeManage.Gateway.Proxying;

/// <summary>What is changed on the way through: nothing but the address; and streams begin at once.</summary>
static class Forwarding
{
    public static void Transforms(TransformBuilderContext context)
    {
        context.AddRequestTransform(c =>
        {
            c.ProxyRequest.RequestUri = Address(c.DestinationPrefix, c.HttpContext.Request);
            return default;
        });
        context.AddResponseTransform(async c =>
        {
            if (c.ProxyResponse is not { } answer) return;
            if (SendElsewhere.Discards(c.HttpContext, (int)answer.StatusCode)) c.SuppressResponseBody = true;
            else await BeginStreamAsync(c.HttpContext, answer);
        });
    }

    /// <summary>
    /// The path as routing saw it, so that what was matched is what is sent: with its <c>/v1</c>, and an actor address as the one segment
    /// that every service understands.
    /// </summary>
    public static Uri Address(string prefix, HttpRequest request) =>
        new(prefix.TrimEnd('/') + request.PathBase.Add(request.Path).ToUriComponent() + request.QueryString.ToUriComponent());

    /// <summary>
    /// The proxy keeps the head of an answer until its body begins; whoever listens to a stream should hear that it is open. It is cut when
    /// this gateway stops: whoever listens resumes at another one.
    /// </summary>
    public static async Task BeginStreamAsync(HttpContext http, HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream") return;
        http.Response.RegisterForDispose(http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(http.Abort));
        await http.Response.StartAsync(http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}

/// <summary>The same for what is forwarded to a node.</summary>
sealed class NodeTransformer : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.RequestUri = Forwarding.Address(destinationPrefix, httpContext.Request);
        proxyRequest.Headers.Remove(HeaderNames.Host);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var copies = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (copies && proxyResponse is not null) await Forwarding.BeginStreamAsync(httpContext, proxyResponse);
        return copies;
    }
}
