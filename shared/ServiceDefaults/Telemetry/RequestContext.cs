using System.Diagnostics;
using ClaudeManage.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>Who asks, and about which item: on every log line of a request, and on its span.</summary>
static class RequestContext
{
    /// <summary>After routing and authentication.</summary>
    public static void Use(WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ClaudeManage.Request");
        app.Use(next => async http =>
        {
            var actor = http.User.FindFirst("sub")?.Value;
            var item = http.Request.Path.StartsWithSegments("/work-items") ? http.GetRouteValue("id") as string : null;
            if (Activity.Current is { IsAllDataRequested: true } span)
            {
                if (actor is not null) span.SetTag(LogScope.ActorKey, actor);
                if (item is not null) span.SetTag(LogScope.WorkItemKey, item);
            }
            using (actor is null && item is null ? null : log.BeginScope(new LogScope(actor, item))) await next(http);
        });
    }
}
