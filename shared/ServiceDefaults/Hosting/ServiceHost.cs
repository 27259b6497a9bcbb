using System.Text.Json;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>Builds a host out of modules: one for a service of its own, all of them for a town in one process.</summary>
public static class ServiceHost
{
    /// <summary>
    /// A builder with configuration, database, bus, authentication, problem details and the modules registered.
    /// The content root is the program's own directory: a host watches it, and data under it would cost a core.
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(string[] args, IReadOnlyList<IModule> modules, Action<IConfigurationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        configure?.Invoke(builder.Configuration);
        builder.WebHost.ConfigureKestrel(k => k.AddServerHeader = false);
        builder.AddServiceDefaults();
        builder.AddTelemetry(modules switch { [] => "gateway", [var only] => only.Name, _ => "town" });
        foreach (var module in modules)
        {
            builder.Services.AddSingleton(module);
            module.AddServices(builder);
        }
        if (modules.Count > 0) builder.AddModuleMessaging([.. modules.Select(m => m.OnBus(builder.Configuration))]);
        builder.Services.AddSingleton<RoleBeats>();
        builder.AddValidatedOptions<PulseOptions>("Pulse");
        foreach (var module in modules)
            // One per module; AddHostedService would keep the first of a type.
            builder.Services.AddSingleton(s => (IHostedService)Activator.CreateInstance(typeof(ModulePulses<>).MakeGenericType(module.DbContext), module.Name, s)!);
        return builder;
    }

    static void AddServiceDefaults(this WebApplicationBuilder builder)
    {
        builder.Logging.AddLines();
        var data = DataDirectory.From(builder.Configuration);
        if (string.IsNullOrEmpty(builder.Configuration["Database:Directory"])) builder.Configuration["Database:Directory"] = Path.Combine(data.Root, "db");
        builder.Services.AddSingleton(data);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<TownAddress>();
        builder.AddValidatedOptions<EdgeOptions>("Edge");
        builder.AddTownAuth();
        builder.Services.RemoveKeyRing();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ProblemHandling>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database", timeout: TimeSpan.FromSeconds(5));
        builder.Services.AddOpenApi("v1");
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.Use(JsonSettings.Web));
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<EdgeOptions>>((k, edge) => k.Limits.MaxRequestBodySize = edge.Value.MaxBodyBytes);
    }

    /// <summary>The pipeline and every module's endpoints, with and without <c>/v1</c>.</summary>
    public static void MapModules(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(StatusProblem);
        app.UsePathBase("/v1");
        AddressPath.Use(app);
        app.UseRouting();
        app.UseAuthentication();
        RequestContext.Use(app);
        RequestLimit.Use(app);
        app.UseAuthorization();
        app.MapOpenApi("/openapi.json").AllowAnonymous();
        app.MapHealth();
        foreach (var module in app.Services.GetServices<IModule>())
        {
            var group = app.MapGroup("").WithTags(module.Name);
            UnreadParameter.Apply(group);
            Idempotency.Apply(group, module.DbContext);
            module.MapEndpoints(group);
            DeadLetterEndpoints.Map(group, module);
        }
    }

    /// <summary>
    /// Runs a service by its verb: <c>run</c> (default); <c>migrate</c>, which brings its database up to date, declares its queues and
    /// ends; <c>healthcheck</c>, which asks its own <c>/health/ready</c>. What stops it is one line on standard error and exit code 1.
    /// </summary>
    public static Task<int> RunAsync(string[] args, params IModule[] modules) => new ServiceVerbs(modules).RunAsync(args);

    static Task StatusProblem(Microsoft.AspNetCore.Diagnostics.StatusCodeContext context)
    {
        var http = context.HttpContext;
        var refusal = http.Response.StatusCode switch
        {
            404 => new Refusal(404, "no-such-path", $"There is nothing at {http.Request.Method} {http.Request.Path}. /openapi.json lists what there is."),
            405 => new Refusal(405, "method-not-allowed", $"{http.Request.Method} is not served at {http.Request.Path}. /openapi.json lists what is."),
            415 => new Refusal(415, "not-json", "Send JSON with Content-Type: application/json."),
            413 => new Refusal(413, "too-large", "The body is larger than this town takes at once. Send less, or send it in parts."),
            var status => new Refusal(status, "refused", $"The request was refused with status {status}."),
        };
        return http.RequestServices.GetRequiredService<IProblemDetailsService>()
            .WriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = ProblemHandling.ToProblem(refusal) }).AsTask();
    }
}
