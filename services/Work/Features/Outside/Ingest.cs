using System.Security.Cryptography;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>
/// <c>POST /ingest</c>: work from outside over HTTP. A CloudEvent, a bare body with <c>type</c> and <c>Idempotency-Key</c>, or a GitHub
/// webhook about issues.
/// </summary>
static class Ingest
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/ingest", HandleAsync).AllowAnonymous().WithOwnIdempotency().WithSummary("Hand in work from outside: CloudEvents, bare bodies, GitHub webhooks");
        Rejections.Map(routes);
    }

    static async Task<Ok<IngestResult>> HandleAsync(HttpContext http, IngestSenders senders, Intake intake, GitHubIssues gitHub, Rejections rejections, CancellationToken ct)
    {
        var body = await ReadAsync(http.Request, ct);
        var sender = senders.Of(http, body);
        var (type, id) = (Beside(http, "type", "X-ClaudeManage-Type"), Header(http, "Idempotency-Key"));
        // The signature covers the body and not what stands beside it.
        string[] alsoKnownAs = sender.Signed ? [$"body:{Convert.ToHexStringLower(SHA256.HashData(body.Span))}"] : [];
        try
        {
            if (Header(http, "X-GitHub-Event") is { } occasion)
            {
                (type, id) = ($"github.{occasion}", Header(http, "X-GitHub-Delivery"));
                return TypedResults.Ok(await gitHub.TakeAsync(occasion, id, body, sender, alsoKnownAs, ct));
            }
            var read = OutsideEvent.Read(body, new OutsideFrame(http.Request.ContentType, type, id, sender.Actor));
            // A CloudEvent has its id within, where the signature covers it.
            return TypedResults.Ok(await intake.TakeAsync(read, Intake.As(sender.Actor, sender.Rigs), ct, read.At.Length > 0 ? [] : alsoKnownAs));
        }
        catch (RefusalException e)
        {
            await rejections.RecordAsync(sender.Actor, type, id, e.Refusal, ct);
            throw;
        }
    }

    static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, ct);
        return buffer.ToArray();
    }

    static string? Header(HttpContext http, string name) => http.Request.Headers[name].ToString() is { Length: > 0 } value ? value : null;

    static string? Beside(HttpContext http, string query, string header) => http.Request.Query[query].ToString() is { Length: > 0 } value ? value : Header(http, header);
}
