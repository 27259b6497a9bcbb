using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>POST /convoys/{id}/items</c>: adds items; a landed convoy opens again.</summary>
static class AddItems
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/convoys/{id}/items", Handle);

    static async Task<Ok<ConvoySnapshot>> Handle(string id, ConvoyItemsRequest request, Caller caller, ConvoyDbContext db, ConvoyWriter writer, CancellationToken ct)
    {
        caller.RequireWriter().RequireNoSession("Adding to a convoy");
        var items = request.Items ?? [];
        new Validation()
            .Check(items.Count > 0, "/items", "Name at least one work item.")
            .MaxCount(items, CreateConvoy.MaxItems, "/items")
            .Check(items.All(Ids.IsWorkItem), "/items", "Each entry is a work item's id.")
            .ThrowIfInvalid();
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var row = await db.Convoys.SingleOrDefaultAsync(c => c.ConvoyId == id, token) ?? throw Refusal.NotFound("convoy", id).AsException();
            if (row.State == nameof(ConvoyState.Cancelled))
                throw Refusal.Conflict("convoy-cancelled", $"Convoy {id} was cancelled. Make a new one for these items.").AsException();
            if (!await writer.AddAsync(id, items, token)) return await writer.SnapshotAsync(row, token);
            row.Version++;
            if (row.State == nameof(ConvoyState.Landed))
            {
                row.State = nameof(ConvoyState.Open);
                row.LandedAt = null;
                await writer.PublishAsync(new ConvoyReopened(writer.Header(ConvoyReopened.Type, row, caller.Actor), await writer.SnapshotAsync(row, token)), token);
            }
            else
            {
                await writer.PublishAsync(new ConvoyUpdated(writer.Header(ConvoyUpdated.Type, row, caller.Actor), await writer.SnapshotAsync(row, token)), token);
            }
            await writer.TryLandAsync(row, token);
            return await writer.SnapshotAsync(row, token);
        }, ct));
    }
}
