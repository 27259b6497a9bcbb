using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>POST /convoys/{id}/cancel</c>: the objective is given up; its items stay as they are.</summary>
static class CancelConvoy
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/convoys/{id}/cancel", Handle);

    static async Task<Ok<ConvoySnapshot>> Handle(string id, Caller caller, ConvoyDbContext db, ConvoyWriter writer, CancellationToken ct)
    {
        caller.RequireTownOperator("Cancelling a convoy");
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var row = await db.Convoys.SingleOrDefaultAsync(c => c.ConvoyId == id, token) ?? throw Refusal.NotFound("convoy", id).AsException();
            if (row.State == nameof(ConvoyState.Landed))
                throw Refusal.Conflict("convoy-landed", $"Convoy {id} has landed already; there is nothing to cancel. POST /convoys/{id}/items opens it again for more work.").AsException();
            if (row.State != nameof(ConvoyState.Cancelled))
            {
                row.State = nameof(ConvoyState.Cancelled);
                row.Version++;
                await writer.PublishAsync(new ConvoyCancelled(writer.Header(ConvoyCancelled.Type, row, caller.Actor), await writer.SnapshotAsync(row, token)), token);
            }
            return await writer.SnapshotAsync(row, token);
        }, ct));
    }
}
