using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.Convoy.Running;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>POST /convoys/{id}/items</c>, after which a landed convoy is open again, and <c>DELETE /convoys/{id}/items/{item}</c>.</summary>
static class ConvoyItems
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/convoys/{id}/items", Add);
        routes.MapDelete("/convoys/{id}/items/{item}", Remove);
    }

    static Task<Ok<ConvoySnapshot>> Add(string id, ConvoyItemsRequest request, Caller caller, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, CancellationToken ct)
    {
        caller.RequireWriter().RequireNoSession("Adding to a convoy");
        var items = request.Items ?? [];
        new Validation()
            .Check(items.Count > 0, "/items", "Name at least one work item.")
            .MaxCount(items, CreateConvoy.MaxItems, "/items")
            .Check(items.All(Ids.IsWorkItem), "/items", "Each entry is a work item's id.")
            .ThrowIfInvalid();
        return ConvoyVerbs.ActAsync(id, ConvoyVerb.Add, db, run, reader, async (row, token) =>
        {
            if (row is { Auto: true, State: not nameof(ConvoyState.Staged) }) caller.RequireTownOperator("Adding to a convoy that slings by itself");
            await run.AddAsync(row, items, caller.Actor, token);
            if (await db.Items.CountAsync(i => i.ConvoyId == id, token) > CreateConvoy.MaxItems)
                throw Refusal.Unprocessable("too-many-items", $"With these it would hold more than {CreateConvoy.MaxItems} items, which is the most that one convoy holds. Make another.").AsException();
        }, ct);
    }

    static Task<Ok<ConvoySnapshot>> Remove(string id, string item, Caller caller, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, CancellationToken ct)
    {
        caller.RequireTownOperator("Taking an item out of a convoy");
        return ConvoyVerbs.ActAsync(id, ConvoyVerb.Remove, db, run, reader, (row, token) => run.RemoveAsync(row, item, caller.Actor, token), ct);
    }
}
