using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.GatewayTests;

/// <summary>A replica that answers as the test says, and remembers what it was asked.</summary>
sealed class FakeService : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<Asked> _asked = new();

    FakeService(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(async http =>
        {
            if (http.Request.Path == "/health/ready")
            {
                http.Response.StatusCode = Ready ? 200 : 503;
                return;
            }
            http.Request.EnableBuffering();
            var body = await new StreamReader(http.Request.Body).ReadToEndAsync(http.RequestAborted);
            http.Request.Body.Position = 0;
            _asked.Enqueue(new Asked(http.Request.Method, http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget, body,
                http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            await answer(http);
        });
    }

    public bool Ready { get; set; } = true;

    public IReadOnlyList<Asked> Asked => [.. _asked];

    public string Address { get; private set; } = "";

    /// <summary>A replica; without an <paramref name="answer"/> it says who it is.</summary>
    public static async Task<FakeService> StartAsync(RequestDelegate? answer = null, string name = "fake")
    {
        var service = new FakeService(answer ?? (http => http.Response.WriteAsync(name)));
        await service._app.StartAsync();
        service.Address = service._app.Urls.First();
        return service;
    }

    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>One request as it arrived.</summary>
sealed record Asked(string Method, string Target, string Body, IReadOnlyDictionary<string, string> Headers);
