using ClaudeManage.Contracts.Http;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Domain;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Trail;

/// <summary><c>GET /events/verify</c>: walks the whole chain and names the first row that is changed, missing or out of place.</summary>
static class VerifyTrail
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/events/verify", async (WorkDbContext db, CancellationToken ct) => TypedResults.Ok(await VerifyAsync(db, ct))).WithSummary("Check the trail's hash chain");

    /// <summary>Memory stays the same however long the trail is.</summary>
    internal static async Task<TrailVerification> VerifyAsync(WorkDbContext db, CancellationToken ct)
    {
        // The end as of now: what is added while this walks is not its business.
        var head = await db.TrailHeads.AsNoTracking().SingleOrDefaultAsync(ct) ?? new TrailHeadRow { Hash = TrailHash.Origin };
        var (sequence, hash) = (0L, TrailHash.Origin);
        TrailVerification Answer(string? what, long at) => new(what is null, sequence, head.Sequence, head.Hash, what is null ? null : new TrailProblem(at, what));
        await foreach (var row in db.Trail.AsNoTracking().Where(r => r.Sequence <= head.Sequence).OrderBy(r => r.Sequence).AsAsyncEnumerable().WithCancellation(ct))
        {
            if (row.Sequence != sequence + 1) return Answer($"Rows {sequence + 1} to {row.Sequence - 1} are missing.", sequence + 1);
            if (row.PrevHash != hash) return Answer("It does not follow the row before it: one of the two was changed.", row.Sequence);
            if (TrailHash.Of(row.Link(), hash) != row.Hash) return Answer("Its content is not what was recorded.", row.Sequence);
            (sequence, hash) = (row.Sequence, row.Hash);
        }
        if (sequence != head.Sequence) return Answer($"Rows {sequence + 1} to {head.Sequence} are missing.", sequence + 1);
        if (hash != head.Hash) return Answer("The last row is not the one that was recorded last.", sequence);
        return await db.Trail.AnyAsync(r => r.Sequence > db.TrailHeads.Where(h => h.Id == TrailHeadRow.TheOne).Select(h => h.Sequence).FirstOrDefault(), ct)
            ? Answer("There are rows after the end that was recorded.", sequence + 1) : Answer(null, 0);
    }

    /// <summary>What the row's hash vouches for.</summary>
    internal static TrailLink Link(this TrailRow r) => new(
        r.Sequence, r.EventId, r.EventType, r.Actor, r.WorkItemId, r.RigId, r.WorkflowInstanceId, r.ConvoyId, r.EmittedAt, r.RecordedAt, r.Payload);
}
