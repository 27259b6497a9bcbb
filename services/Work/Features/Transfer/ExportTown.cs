using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary><c>GET /export</c>: everything Work keeps, a line each, as of one moment; memory does not grow with the town.</summary>
static class ExportTown
{
    const int PageSize = 500;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/export", Handle).WithSummary("Everything, as NDJSON that POST /import takes")
        .Produces(StatusCodes.Status200OK, contentType: TownExport.MediaType);

    static PushStreamHttpResult Handle(Caller caller, WorkDbContext db, CancellationToken ct)
    {
        caller.RequireTownOperator("Exporting the town");
        return TypedResults.Stream(body => WriteAsync(db, body, ct), TownExport.MediaType);
    }

    static async Task WriteAsync(WorkDbContext db, Stream body, CancellationToken ct)
    {
        await using var view = await db.BeginViewAsync(ct);
        var (items, comments, last) = (0L, 0L, "");
        await LineAsync(body, new ExportLine(TownExport.Town, TownExport.Format), ct);
        var rigs = await db.Rigs.AsNoTracking().OrderBy(r => r.Id).ToListAsync(ct);
        foreach (var rig in rigs) await LineAsync(body, new ExportLine(TownExport.Rig, Rig: rig.ToSnapshot()), ct);
        while (true)
        {
            var page = await db.Items.AsNoTracking().Where(i => string.Compare(i.Id, last) > 0).OrderBy(i => i.Id).Take(PageSize).ToListAsync(ct);
            if (page.Count == 0) break;
            var ids = page.Select(i => i.Id).ToList();
            var edges = (await db.Edges.AsNoTracking().Where(e => ids.Contains(e.ItemId)).ToListAsync(ct)).ToLookup(e => e.ItemId);
            foreach (var item in page) await LineAsync(body, new ExportLine(TownExport.Item, Item: ExportRows.Of(item, edges[item.Id])), ct);
            await foreach (var c in db.Comments.AsNoTracking().Where(c => ids.Contains(c.WorkItemId)).OrderBy(c => c.WorkItemId).ThenBy(c => c.CreatedAt).ThenBy(c => c.Id).AsAsyncEnumerable().WithCancellation(ct))
            {
                await LineAsync(body, new ExportLine(TownExport.Comment, Comment: new Comment(c.Id, c.WorkItemId, c.Author, c.Text, c.CreatedAt)), ct);
                comments++;
            }
            items += page.Count;
            last = page[^1].Id;
        }
        await LineAsync(body, new ExportLine(TownExport.End, End: new ExportEnd(rigs.Count, items, comments)), ct);
    }

    static async Task LineAsync(Stream body, ExportLine line, CancellationToken ct)
    {
        await body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(line, JsonSettings.Web), ct);
        await body.WriteAsync("\n"u8.ToArray(), ct);
    }
}
