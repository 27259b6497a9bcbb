using System.Text.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Health.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Health.Features;

/// <summary>
/// <c>/decisions/{id}/link</c>: a decision answered without a token, by whoever was sent the link. <c>GET</c> only shows it, since programs that show
/// mail follow links by themselves; <c>POST</c> to the same address answers, once. A page for browsers, JSON for others.
/// </summary>
static class AnswerByLink
{
    const int MaxText = 65_536;

    // The end of the calendar, in Unix time.
    const long LastSecond = 253_402_300_799;

    /// <summary>The link's own parameters.</summary>
    public sealed record Input
    {
        // Properties and no constructor's parameters: the generator of the request's code fails on those (typeof a string that may be null).

        public string? Answer { get; init; }

        public string? To { get; init; }

        public long? Until { get; init; }

        public string? Signature { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/decisions/{id:guid}/link", ShowAsync).AllowAnonymous().WithSummary("Show the decision that a signed link answers");
        routes.MapPost("/decisions/{id:guid}/link", AnswerAsync).AllowAnonymous().WithOwnIdempotency().WithSummary("Answer a decision by a signed link");
    }

    static Task<IResult> ShowAsync(Guid id, [AsParameters] Input input, HttpContext http, HealthDbContext db, DecisionLinks links, TimeProvider clock, CancellationToken ct) => TellAsync(http, async () =>
    {
        var link = Require(links, id, input, clock);
        var row = await FindAsync(db, link, ct);
        return WantsPage(http) ? LinkPage.Ask(row, link) : Results.Ok(new LinkedDecision(row.ToSnapshot(), link.Answer, link.To, link.Until));
    });

    static Task<IResult> AnswerAsync(Guid id, [AsParameters] Input input, HttpContext http, HealthDbContext db, DecisionDesk desk, DecisionLinks links, TimeProvider clock, CancellationToken ct) => TellAsync(http, async () =>
    {
        var link = Require(links, id, input, clock);
        var text = await TextAsync(http, ct);
        new Validation().MaxLength(text, MaxText, "/text").ThrowIfInvalid();
        var snapshot = await db.TransactAsync(async token =>
        {
            var row = await FindAsync(db, link, token);
            var answer = link.Given(row.Kind, text);
            if (Decisions.Problem(row.Kind, row.Options, answer) is { } problem) throw Refusal.Invalid("/text", problem).AsException();
            await desk.AnswerAsync(row, answer, "by a signed link", Caller.System("health") with { Actor = link.To }, token);
            return row.ToSnapshot();
        }, ct);
        return WantsPage(http) ? LinkPage.Done(snapshot) : Results.Ok(snapshot);
    });

    /// <summary>What is refused before anything is looked up: a link that is not ours learns nothing.</summary>
    static DecisionLink Require(DecisionLinks links, Guid id, Input input, TimeProvider clock)
    {
        if (Read(id, input) is not { } link || !links.Made(link, input.Signature!))
            throw new Refusal(401, "bad-signature", "This town did not make this link, or it was changed on its way. Use it as it was sent, or answer in the town: cm inbox list.").AsException();
        if (link.Until < clock.Now()) throw new Refusal(410, "link-expired", $"This link was good until {link.Until:u}. What still waits is answered in the town: cm inbox list.").AsException();
        return link;
    }

    static DecisionLink? Read(Guid id, Input input) => input is { To: { Length: > 0 } to, Until: { } until and >= 0 and <= LastSecond, Signature.Length: > 0 }
        ? new DecisionLink(id, input.Answer ?? "", to, DateTimeOffset.FromUnixTimeSeconds(until)) : null;

    static async Task<DecisionRow> FindAsync(HealthDbContext db, DecisionLink link, CancellationToken ct)
    {
        var row = await db.Decisions.FindAsync([link.DecisionId], ct) ?? throw Refusal.NotFound("decision", link.DecisionId.ToString()).AsException();
        if (row.State != DecisionState.Open) throw Inbox.Over(row).AsException();
        if (row.AssignedTo != link.To) throw Refusal.Conflict("decision-delegated", $"It was passed on to {row.AssignedTo}, who was sent a link of their own.", ("assignedTo", row.AssignedTo)).AsException();
        return row;
    }

    static async Task<string?> TextAsync(HttpContext http, CancellationToken ct)
    {
        if (http.Request.HasFormContentType) return (await http.Request.ReadFormAsync(ct))["text"].FirstOrDefault();
        if (http.Request.ContentLength is null or 0) return null;
        try { return (await http.Request.ReadFromJsonAsync<AnswerRequest>(JsonSettings.Web, ct))?.Text; }
        catch (JsonException e) { throw Refusal.Invalid("", $"The body is no answer ({e.Message}). Send {{\"text\": \"…\"}}, or nothing where the link says the answer.").AsException(); }
    }

    /// <summary>Nobody keeps what a link shows, and nobody is told where it came from.</summary>
    static async Task<IResult> TellAsync(HttpContext http, Func<Task<IResult>> answer)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        try { return await answer(); }
        catch (RefusalException e) when (WantsPage(http)) { return LinkPage.Refused(e.Refusal); }
    }

    static bool WantsPage(HttpContext http) => http.Request.GetTypedHeaders().Accept.Any(a => a.MediaType == "text/html");
}
