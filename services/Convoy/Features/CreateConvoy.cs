using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.Convoy.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>POST /convoys</c>: an initiative over named items, an epic's, a molecule's, or those that match; staged, or launched at once.</summary>
static class CreateConvoy
{
    /// <summary>Most items one convoy may hold.</summary>
    public const int MaxItems = 2_000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/convoys", Handle)
        .WithPreparation(context => ArriveAsync(
            context.Arguments.OfType<CreateConvoyRequest>().Single(), context.HttpContext.RequestServices.GetRequiredService<ItemArrival>(), context.HttpContext.RequestAborted));

    static async Task<Created<ConvoySnapshot>> Handle(
        CreateConvoyRequest request, Caller caller, ConvoyDbContext db, ConvoyRun run, PlanReader plans, ConvoyReader reader, ItemArrival arrival, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter().RequireNoSession("Making a convoy");
        Validate(request, clock);
        if (request is { Launch: true, Dispatch: ConvoyDispatch.Auto }) caller.RequireTownOperator("Launching a convoy that slings by itself");
        if (db.Database.CurrentTransaction is null) await ArriveAsync(request, arrival, ct);
        var snapshot = await db.TransactAsync(async token =>
        {
            var row = new ConvoyRow
            {
                ConvoyId = Ids.Convoy(),
                Name = request.Name!,
                Goal = request.Goal,
                Owner = caller.Actor,
                Auto = request.Dispatch == ConvoyDispatch.Auto,
                Watched = true,
                Atomic = request.Atomic,
                MaxParallel = request.MaxParallel,
                StallAfterSeconds = request.StallAfterSeconds,
                Deadline = request.Deadline?.ToUniversalTime(),
                BudgetUsd = request.BudgetUsd,
                Notify = request.Notify is { Count: > 0 } notify ? [.. notify.Distinct()] : null,
            };
            await run.CreateAsync(row, await ItemsAsync(request, plans, token), caller.Actor, token);
            if (request.Launch) await run.LaunchAsync(row, request.Force, caller.Actor, token);
            await db.SaveChangesAsync(token);
            return await reader.SnapshotAsync(row, token);
        }, ct);
        return TypedResults.Created($"/convoys/{snapshot.Id}", snapshot);
    }

    static void Validate(CreateConvoyRequest request, TimeProvider clock) => new Validation()
        .Check(!string.IsNullOrWhiteSpace(request.Name), "/name", "A convoy needs a name.")
        .MaxLength(request.Name, 300, "/name").MaxLength(request.Goal, 65_536, "/goal")
        .MaxCount(request.Items, MaxItems, "/items")
        .Check((request.Items ?? []).All(Ids.IsWorkItem), "/items", "Each entry is a work item's id.")
        .Check(request.Epic is null || Ids.IsWorkItem(request.Epic), "/epic", "A work item's id, e.g. sh-e1p2c.")
        .Check(request.Molecule is null || Ids.IsWorkItem(Ids.RootOf(request.Molecule)), "/molecule", "A molecule's id, e.g. sh-mol-x7k2m.")
        .Check(request.Query is null || request.Query != new ConvoyQuery(), "/query", "Say what to look for: rig, type, label, parent or maxPriority.")
        .Check(request.Query?.Parent is null || Ids.IsWorkItem(request.Query.Parent), "/query/parent", "A work item's id.")
        .Terms(request.MaxParallel, request.StallAfterSeconds, request.Deadline, request.BudgetUsd, request.Notify, clock)
        .ThrowIfInvalid();

    /// <summary>What the request names itself, and so must have been heard of.</summary>
    static IReadOnlyCollection<string> Named(CreateConvoyRequest request) =>
        [.. (request.Items ?? []).Prepend(Root(request)).Append(request.Epic).Append(request.Query?.Parent).Where(Ids.IsWorkItem).Select(i => i!).Distinct().Take(MaxItems)];

    static string? Root(CreateConvoyRequest request) => request.Molecule is { } molecule && Ids.RootOf(molecule) is var root && Ids.IsWorkItem(root) ? root : null;

    static Task ArriveAsync(CreateConvoyRequest request, ItemArrival arrival, CancellationToken ct) => arrival.WaitAsync(Named(request), ct, Root(request));

    static async Task<IReadOnlyCollection<string>> ItemsAsync(CreateConvoyRequest request, PlanReader plans, CancellationToken ct)
    {
        var items = (request.Items ?? []).ToHashSet();
        if (request.Epic is { } epic) items.UnionWith(await LeavesAsync(epic, $"{epic} has no children that are known here", plans, ct));
        if (Root(request) is { } root)
        {
            items.UnionWith(await LeavesAsync(root, $"The molecule {request.Molecule} has no items that are known here", plans, ct));
            if (await plans.MissingStepsAsync(root, ct) is > 0 and var missing)
                throw Refusal.Conflict("molecule-pouring", $"{missing} items of {request.Molecule} are still being made, and a convoy without them would land too early. Ask again in a moment.").AsException();
        }
        if (request.Query is { } query)
        {
            var found = await plans.MatchAsync(query, MaxItems, ct);
            if (found.Count == 0) throw Refusal.Unprocessable("nothing-found", "No open work item matches the query. GET /work-items takes the same words and shows what there is.").AsException();
            items.UnionWith(found);
        }
        if (items.Count > MaxItems) throw Refusal.Unprocessable("too-many-items", $"These are more than {MaxItems} items, which is the most that one convoy holds. Make several.").AsException();
        return items;
    }

    static async Task<IReadOnlyList<string>> LeavesAsync(string root, string nothing, PlanReader plans, CancellationToken ct) => await plans.LeavesAsync(root, ct) is { Count: > 0 } leaves ? leaves
        : throw Refusal.Unprocessable("nothing-found", $"{nothing}. Check the id, or name the items themselves.").AsException();
}
