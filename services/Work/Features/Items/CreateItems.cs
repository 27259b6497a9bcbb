using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Work.Features.Items;

/// <summary><c>POST /work-items</c>: one item, or a batch in which <c>#key</c> names a mate; all of it or nothing.</summary>
static class CreateItems
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/work-items", HandleAsync)
        .WithSummary("Create one work item, or a batch in one transaction");

    static async Task<Results<Created<WorkItemSnapshot>, Created<WorkItemBatch>>> HandleAsync(
        CreateWorkItem body, Caller caller, HttpContext http, WorkDbContext db, ItemFactory factory, Rights rights, CancellationToken ct)
    {
        var made = await RunAsync(body, caller, db, factory, rights, ct);
        if (body.Items is not null) return TypedResults.Created("/work-items", new WorkItemBatch(made));
        http.SetETag(made[0].Version);
        return TypedResults.Created($"/work-items/{made[0].Id}", made[0]);
    }

    public static async Task<IReadOnlyList<WorkItemSnapshot>> RunAsync(CreateWorkItem body, Caller caller, WorkDbContext db, ItemFactory factory, Rights rights, CancellationToken ct)
    {
        caller.RequireWriter();
        Validate(body);
        IReadOnlyList<CreateWorkItem> wanted = body.Items ?? [body];
        // The trace of an item is the one it was created in.
        using var span = WorkTelemetry.Spans.Start("create", rig: wanted[0].RigId, actor: caller.Actor);
        var made = await db.TransactAsync(async token =>
        {
            await rights.RequireLiveAsync(caller, token);
            return await factory.CreateAsync(wanted, i => body.Items is null ? "" : $"/items/{i}", caller, token);
        }, ct);
        span?.SetTag(made is [_] ? LogScope.WorkItemKey : "work_items", made is [var only] ? only.Id : made.Count);
        return made;
    }

    static void Validate(CreateWorkItem body)
    {
        var v = new Validation();
        if (body.Items is null) ItemInput.Check(v, body with { Items = null }, "");
        else
        {
            v.Check(body with { Items = null } == new CreateWorkItem(null, null), "", "Send either one item or `items`, not both.");
            v.Check(body.Items.Count is > 0 and <= ItemInput.MaxBatch, "/items", $"A batch holds 1 to {ItemInput.MaxBatch} items.");
            for (var i = 0; i < Math.Min(body.Items.Count, ItemInput.MaxBatch); i++)
            {
                if (body.Items[i] is { } item) ItemInput.Check(v, item, $"/items/{i}");
                else v.Check(false, $"/items/{i}", "An item is an object.");
            }
        }
        v.ThrowIfInvalid();
        CheckKeys(v, body);
        v.ThrowIfInvalid();
    }

    static void CheckKeys(Validation v, CreateWorkItem body)
    {
        var items = body.Items ?? [body];
        var at = (int i) => body.Items is null ? "" : $"/items/{i}";
        var keys = new HashSet<string>();
        for (var i = 0; i < items.Count; i++)
            if (items[i].Key is { } key) v.Check(keys.Add(key), $"{at(i)}/key", $"The key {key} is used twice in this batch.");
        for (var i = 0; i < items.Count; i++)
        {
            foreach (var (reference, where) in (items[i].DependsOn ?? []).Select((d, n) => (d, $"dependsOn/{n}")).Append((items[i].ParentId ?? "", "parentId")))
                if (reference is ['#', .. var key]) v.Check(keys.Contains(key), $"{at(i)}/{where}", $"No item of this batch has the key {key}.");
        }
    }
}
