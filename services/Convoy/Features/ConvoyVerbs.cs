using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Domain;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.Convoy.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Convoy.Features;

/// <summary><c>POST /convoys/{id}/launch|pause|resume|cancel</c>.</summary>
static class ConvoyVerbs
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/convoys/{id}/launch", Launch).WithPreparation(async context =>
        {
            var services = context.HttpContext.RequestServices;
            var (id, ct) = ((string)context.HttpContext.GetRouteValue("id")!, context.HttpContext.RequestAborted);
            await using var scope = services.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
            await ArriveAsync(id, scope.ServiceProvider.GetRequiredService<ConvoyDbContext>(), services.GetRequiredService<ItemArrival>(), ct);
        });
        routes.MapPost("/convoys/{id}/pause", Pause);
        routes.MapPost("/convoys/{id}/resume", Resume);
        routes.MapPost("/convoys/{id}/cancel", Cancel);
    }

    static async Task<Ok<ConvoySnapshot>> Launch(
        string id, LaunchConvoyRequest? request, Caller caller, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, ItemArrival arrival, CancellationToken ct)
    {
        caller.RequireTownOperator("Launching a convoy");
        if (db.Database.CurrentTransaction is null) await ArriveAsync(id, db, arrival, ct);
        return await ActAsync(id, ConvoyVerb.Launch, db, run, reader, (row, token) => run.LaunchAsync(row, request?.Force ?? false, caller.Actor, token), ct);
    }

    static Task<Ok<ConvoySnapshot>> Pause(string id, Caller caller, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, CancellationToken ct)
    {
        caller.RequireTownOperator("Pausing a convoy");
        return ActAsync(id, ConvoyVerb.Pause, db, run, reader, (row, token) => run.PauseAsync(row, caller.Actor, token), ct);
    }

    static Task<Ok<ConvoySnapshot>> Resume(string id, Caller caller, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, CancellationToken ct)
    {
        caller.RequireTownOperator("Resuming a convoy");
        return ActAsync(id, ConvoyVerb.Resume, db, run, reader, (row, token) => run.ResumeAsync(row, caller.Actor, token), ct);
    }

    static Task<Ok<ConvoySnapshot>> Cancel(string id, CancelConvoyRequest? request, Caller caller, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, CancellationToken ct)
    {
        caller.RequireTownOperator("Cancelling a convoy");
        new Validation().MaxLength(request?.Reason, 2_000, "/reason").ThrowIfInvalid();
        return ActAsync(id, ConvoyVerb.Cancel, db, run, reader, (row, token) => run.CancelAsync(row, request?.Running ?? RunningWork.Finish, request?.Reason, caller.Actor, token), ct);
    }

    /// <summary>Does it if the convoy's state takes it, and answers with the convoy.</summary>
    internal static async Task<Ok<ConvoySnapshot>> ActAsync(
        string id, ConvoyVerb verb, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, Func<ConvoyRow, CancellationToken, Task> act, CancellationToken ct) =>
        TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var row = await run.FindAsync(id, token);
            ConvoyRun.Require(row, verb);
            row.Version++;
            await act(row, token);
            await db.SaveChangesAsync(token);
            return await reader.SnapshotAsync(row, token);
        }, ct));

    static async Task ArriveAsync(string id, ConvoyDbContext db, ItemArrival arrival, CancellationToken ct) =>
        await arrival.WaitAsync(await db.Items.AsNoTracking().Where(i => i.ConvoyId == id).Select(i => i.WorkItemId).ToListAsync(ct), ct);
}
