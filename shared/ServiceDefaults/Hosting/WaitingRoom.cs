using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>
/// Stands in at the service's address while what it needs is not there: alive, not ready, and saying why. The service itself starts when
/// everything is, so that none of its parts has to know a database that is not there yet.
/// </summary>
static class WaitingRoom
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(30);

    /// <summary>Returns when nothing is missing any more: true. False when the process was asked to end before.</summary>
    public static async Task<bool> WaitAsync(string[] args, string service, Func<CancellationToken, Task<IReadOnlyList<Missing>>> look, TimeProvider clock, ILogger log)
    {
        var missing = await look(CancellationToken.None);
        if (missing.Count == 0) return true;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        await using var room = builder.Build();
        room.MapGet("/health/live", () => Results.Json(new { status = "healthy", checks = new { } }));
        room.MapGet("/health/ready", () => Results.Json(new { status = "unhealthy", checks = Checks(missing) }, statusCode: StatusCodes.Status503ServiceUnavailable));
        room.MapFallback((HttpContext http) =>
        {
            http.Response.Headers.RetryAfter = "1";
            return Results.Json(new { status = 503, code = "starting", detail = $"{service} waits: {Words(missing)}" }, contentType: "application/problem+json", statusCode: 503);
        });
        await room.StartAsync();
        var stopping = room.Lifetime.ApplicationStopping;
        var (said, at) = ("", clock.GetTimestamp());
        while (missing.Count > 0)
        {
            if (Words(missing) is var words && (words != said || clock.GetElapsedTime(at) > SayAgain))
            {
                log.LogWarning("{Service} waits: {Missing}", service, words);
                (said, at) = (words, clock.GetTimestamp());
            }
            await Task.Delay(Look, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested) return false;
            missing = await look(CancellationToken.None);
        }
        log.LogWarning("{Service} has what it waited for and starts", service);
        await room.StopAsync();
        return true;
    }

    static Dictionary<string, object> Checks(IReadOnlyList<Missing> missing) =>
        missing.ToDictionary(m => m.What, object (m) => new { status = "unhealthy", detail = m.Detail });

    static string Words(IReadOnlyList<Missing> missing) => string.Join(" ", missing.Select(m => m.Detail));
}
