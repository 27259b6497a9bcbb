using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>Remembers for a week what was refused from outside; many within a short time are an incident.</summary>
sealed class Rejections(WorkDbContext db, IOutbox<WorkDbContext> outbox, IOptions<WorkOptions> options, TimeProvider clock)
{
    const int MaxText = 300;
    static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ingest/rejections", async (int? limit, Caller caller, WorkDbContext db, CancellationToken ct) =>
    {
        caller.RequireOperator("Reading what was rejected");
        var rows = await db.Rejections.AsNoTracking().OrderByDescending(r => r.At).ThenBy(r => r.Id).Take(Paging.Limit(limit)).ToListAsync(ct);
        return TypedResults.Ok(new Page<IngestRejection>([.. rows.Select(r => new IngestRejection(r.Id, r.At, r.Source, r.Type, r.MessageId, r.Code, r.Path, r.Reason))], null));
    }).WithSummary("Messages from outside that were refused lately, the newest first");

    /// <param name="source">A name that an incident can be grouped by.</param>
    public Task RecordAsync(string source, string? type, string? messageId, Refusal refusal, CancellationToken ct) => db.TransactAsync(async token =>
    {
        var now = clock.Now();
        var (longAgo, lately) = (now - Kept, now - TimeSpan.FromMinutes(options.Value.Ingest.UnusualMinutes));
        await db.Rejections.Where(r => r.At < longAgo).ExecuteDeleteAsync(token);
        db.Rejections.Add(new RejectionRow
        {
            Id = Ids.Ordered(now),
            At = now,
            Source = Fit(source)!,
            Type = Fit(type),
            MessageId = Fit(messageId),
            Code = refusal.Code,
            Path = PathOf(refusal),
            Reason = refusal.Detail.Replace('\0', ' '),
        });
        var count = 1 + await db.Rejections.CountAsync(r => r.At >= lately && r.Source == source, token);
        if (count < options.Value.Ingest.UnusualRejections) return;
        await outbox.PublishAsync(new RaiseIncident($"ingest-rejected:{source}", Severity.Medium, "work", $"Many messages of {source} are rejected",
            $"{count} within {options.Value.Ingest.UnusualMinutes} minutes; the last: {refusal.Detail}", ["GET /ingest/rejections names the reasons", "Tell whoever runs the source"], null, null, null), token);
    }, ct);

    /// <summary>Where the mistake is, as JSONPath: <c>/data/labels/0</c> → <c>$.data.labels[0]</c>.</summary>
    public static string PathOf(Refusal refusal) => "$" + string.Concat((refusal.Pointer ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries)
        .Select(part => part.All(char.IsAsciiDigit) ? $"[{part}]" : $".{part}"));

    static string? Fit(string? text) => text is null ? null : new string([.. text.Take(MaxText).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)]);
}
