using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// <c>Idempotency-Key</c> on every POST: the answer is stored in the transaction that made it. The same key and body
/// get the stored answer for 24 h, the same key with another body gets 409. Long polls do not wait under a key.
/// </summary>
static class Idempotency
{
    const string Header = "Idempotency-Key";
    static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>Endpoints that answer with a secret shown once, or wait: a key on them is refused.</summary>
    public sealed class NotSupported;

    /// <summary>Endpoints that see to it themselves that nothing happens twice.</summary>
    public sealed class Own;

    /// <summary>What an endpoint waits for before the transaction begins.</summary>
    public sealed record Preparation(Func<EndpointFilterInvocationContext, Task> Run);

    public static void Apply(RouteGroupBuilder group, Type dbContext) => group.AddEndpointFilterFactory((_, next) => context =>
    {
        var request = context.HttpContext.Request;
        return request.Method == HttpMethods.Post && request.Headers.TryGetValue(Header, out var key) && key.ToString() is { Length: > 0 } text
            && context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<Own>() is null
            ? InvokeAsync(context, next, text, (ModuleDbContext)context.HttpContext.RequestServices.GetRequiredService(dbContext))
            : next(context);
    });

    static async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, string key, ModuleDbContext db)
    {
        var http = context.HttpContext;
        var ct = http.RequestAborted;
        if (key.Length > 200) throw Refusal.Invalid("/headers/Idempotency-Key", "At most 200 characters.").AsException();
        if (http.GetEndpoint()?.Metadata.GetMetadata<NotSupported>() is not null)
            throw Refusal.Invalid("/headers/Idempotency-Key", "This answer holds a secret that is shown once and never stored, so it cannot be repeated under a key.").AsException();

        var id = Hash($"{Caller.From(http.User).Actor}\n{http.Request.Path}\n{key}");
        var body = Hash($"{http.Request.QueryString}\n" + System.Text.Json.JsonSerializer.Serialize(
            context.Arguments.Where(a => a?.GetType().Namespace?.StartsWith("ClaudeManage.Contracts", StringComparison.Ordinal) == true), JsonSettings.Web));
        var now = http.RequestServices.GetRequiredService<TimeProvider>().Now();

        if (http.GetEndpoint()?.Metadata.GetMetadata<Preparation>() is { } preparation) await preparation.Run(context);
        var answer = await db.TransactAsync(async token =>
        {
            await db.LockAsync($"idempotency:{id}", token);
            var stored = await db.Set<IdempotencyRow>().SingleOrDefaultAsync(r => r.Key == id, token);
            if (stored is not null && stored.CreatedAt + Kept > now)
                return stored.RequestHash == body ? new Answer(stored.Status, stored.Body ?? "", stored.ContentType, stored.Location, true)
                    : throw Refusal.Conflict("idempotency-key-reused", "This Idempotency-Key was used with another body. Use a new key for a new request.").AsException();
            if (stored is not null) db.Remove(stored);
            var fresh = await CaptureAsync(http, await next(context));
            db.Add(new IdempotencyRow { Key = id, RequestHash = body, Status = fresh.Status, Body = fresh.Body, ContentType = fresh.ContentType, Location = fresh.Location, CreatedAt = now });
            return fresh;
        }, ct);
        if (answer.Stored) http.Response.Headers["Idempotency-Replayed"] = "true";
        if (answer.Location is not null) http.Response.Headers.Location = answer.Location;
        return Results.Text(answer.Body, answer.ContentType, Encoding.UTF8, answer.Status);
    }

    static async Task<Answer> CaptureAsync(HttpContext http, object? result)
    {
        var real = http.Response.Body;
        using var buffer = new MemoryStream();
        http.Response.Body = buffer;
        try
        {
            await (result as IResult ?? Results.Json(result)).ExecuteAsync(http);
            await http.Response.BodyWriter.FlushAsync();
        }
        finally { http.Response.Body = real; }
        var answer = new Answer(http.Response.StatusCode, Encoding.UTF8.GetString(buffer.ToArray()), http.Response.ContentType, http.Response.Headers.Location, false);
        http.Response.Headers.ContentLength = null;
        return answer;
    }

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    sealed record Answer(int Status, string Body, string? ContentType, string? Location, bool Stored);
}

/// <summary>Marks endpoints that an <c>Idempotency-Key</c> cannot cover.</summary>
public static class IdempotencyConventions
{
    /// <summary>The answer holds a secret shown once; a key on this endpoint is refused with the reason.</summary>
    public static TBuilder WithoutIdempotencyKey<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new Idempotency.NotSupported());

    /// <summary>The endpoint reads the key itself and has its effect once per key.</summary>
    public static TBuilder WithOwnIdempotency<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new Idempotency.Own());

    /// <summary>
    /// Under a key the handler runs inside a transaction, where it must not wait for anything. What it would wait for, it waits for
    /// here, before the transaction begins.
    /// </summary>
    public static TBuilder WithPreparation<TBuilder>(this TBuilder builder, Func<EndpointFilterInvocationContext, Task> prepare) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new Idempotency.Preparation(prepare));
}
