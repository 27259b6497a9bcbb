using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>POST /convoys</c>: an initiative over named items. Its items are slung by whoever runs it.</summary>
static class CreateConvoy
{
    /// <summary>Most items one convoy may hold.</summary>
    public const int MaxItems = 2_000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/convoys", Handle);

    static async Task<Created<ConvoySnapshot>> Handle(CreateConvoyRequest request, Caller caller, ConvoyDbContext db, ConvoyWriter writer, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter().RequireNoSession("Making a convoy");
        var items = request.Items ?? [];
        new Validation()
            .Check(!string.IsNullOrWhiteSpace(request.Name), "/name", "A convoy needs a name.")
            .MaxLength(request.Name, 300, "/name").MaxLength(request.Goal, 65_536, "/goal")
            .MaxCount(items, MaxItems, "/items")
            .Check(items.All(Ids.IsWorkItem), "/items", "Each entry is a work item's id.")
            .ThrowIfInvalid();
        if (request.Dispatch is not (null or "manual"))
            throw Refusal.Unprocessable("dispatch-not-served", "Convoys track what is slung by hand here: leave `dispatch` out or say `manual`, then sling the items with this convoyId.").AsException();

        var snapshot = await db.TransactAsync(async token =>
        {
            var row = new ConvoyRow { ConvoyId = Ids.Convoy(), State = nameof(ConvoyState.Open), Name = request.Name!, Goal = request.Goal, Owner = caller.Actor };
            row.CorrelationId = ConvoyRow.KeyOf(row.ConvoyId);
            row.CreatedAt = clock.Now();
            row.LaunchedAt = row.CreatedAt;
            db.Convoys.Add(row);
            await writer.AddAsync(row.ConvoyId, items, token);
            var made = await writer.SnapshotAsync(row, token);
            await writer.PublishAsync(new ConvoyCreated(writer.Header(ConvoyCreated.Type, row, caller.Actor), made), token);
            await writer.PublishAsync(new ConvoyLaunched(writer.Header(ConvoyLaunched.Type, row, caller.Actor), made), token);
            return await writer.TryLandAsync(row, token) ? await writer.SnapshotAsync(row, token) : made;
        }, ct);
        return TypedResults.Created($"/convoys/{snapshot.Id}", snapshot);
    }
}
