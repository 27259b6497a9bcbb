using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Hook.Features.Hooks;

/// <summary><c>POST /hooks/{hookId}/sling</c>: one item (answered alone), several, or an epic's leaf children; all or none.</summary>
static class Sling
{
    const int MaxItems = 500;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/hooks/{hookId}/sling", Handle)
        .WithPreparation(context =>
        {
            var services = context.HttpContext.RequestServices;
            return services.GetRequiredService<ItemArrival>().WaitAsync(Named(context.Arguments.OfType<SlingRequest>().Single()), context.HttpContext.RequestAborted);
        });

    static async Task<IResult> Handle(
        AddressPath hookId, SlingRequest request, Caller caller, HookDbContext db, ItemArrival arrival, SlingItems slings, CancellationToken ct)
    {
        caller.RequireWriter();
        Validate(hookId.Value, request);
        RequireRight(hookId.Value, caller);
        if (db.Database.CurrentTransaction is null) await arrival.WaitAsync(Named(request), ct);
        var results = await db.TransactAsync(token => slings.SlingAsync(hookId.Value, request, caller, token), ct);
        return request.WorkItemId is not null
            ? TypedResults.Created($"/assignments/{results[0].AssignmentId}", results[0])
            : TypedResults.Created((string?)null, new SlingResults(results));
    }

    /// <summary>The items the request names itself.</summary>
    static IReadOnlyList<string> Named(SlingRequest request) =>
        [.. new[] { request.WorkItemId, request.EpicId }.Concat(request.WorkItemIds ?? []).Where(Ids.IsWorkItem).Select(i => i!).Distinct().Take(MaxItems)];

    /// <summary>Refuses what nobody could sling.</summary>
    internal static void Validate(string hookId, SlingRequest request) => new Validation()
        .Check(ActorAddress.IsHook(hookId), "/hookId", "An agent's address or a rig's pool, e.g. shop/crew/ada or shop/pool.")
        .Check(new object?[] { request.WorkItemId, request.WorkItemIds, request.EpicId }.Count(x => x is not null) == 1, "/workItemId", "Name one of `workItemId`, `workItemIds`, `epicId`.")
        .Check(request.WorkItemIds is null or { Count: > 0 and <= MaxItems }, "/workItemIds", $"1 to {MaxItems} items.")
        .Check((request.WorkItemIds ?? []).Append(request.WorkItemId).Append(request.EpicId).Where(i => i is not null).All(Ids.IsWorkItem), "/workItemIds", "Each is a work item's id, e.g. sh-x7k2m.")
        .Check(request.Priority is null or >= 0 and <= Ageing.MaxPriority, "/priority", "0 (first) to 4.")
        .Check(request.MaxAttempts is null or >= 1 and <= 20, "/maxAttempts", "1 to 20.")
        .MaxLength(request.Args, 65_536, "/args").MaxLength(request.ConvoyId, 80, "/convoyId")
        .Check(request.BaseBranch is null || IsBranch(request.BaseBranch), "/baseBranch", "A branch name, without `..`, spaces or a leading `-`.")
        .ThrowIfInvalid();

    static bool IsBranch(string name) => name.Length is > 0 and <= 250 && name[0] is not ('-' or '/' or '.') && !name.Contains("..", StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '+' or '#');

    static void RequireRight(string hookId, Caller caller)
    {
        if (!ActorAddress.IsPool(hookId) || ActorAddress.RigOf(caller.Actor) != ActorAddress.RigOf(hookId)) caller.RequireActingAs(hookId, "Slinging to this hook");
        if (ActorAddress.RigOf(hookId) is { } rig) caller.RequireRig(rig);
    }
}

/// <summary>
/// Waits for what Work has acknowledged to somebody a moment ago, outside any transaction: that an item is made, opened again, or taken out of
/// the trash. Whoever means an item that really is closed is refused that much later.
/// </summary>
sealed class ItemArrival(IServiceScopeFactory scopes, HookSignals signals, Microsoft.Extensions.Options.IOptions<HookOptions> options, TimeProvider clock)
{
    /// <summary>Returns when all are known and not over, or after the configured time.</summary>
    public Task WaitAsync(IReadOnlyList<string> ids, CancellationToken ct) =>
        signals.Items.UntilAsync(token => AreOpenAsync(ids, token), TimeSpan.FromMilliseconds(options.Value.UnknownItemWaitMilliseconds), clock, ct);

    async Task<bool> AreOpenAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<HookDbContext>();
        return await db.Items.CountAsync(i => ids.Contains(i.Id) && i.State != WorkItemState.Closed && !i.Trashed, ct) == ids.Count;
    }
}
