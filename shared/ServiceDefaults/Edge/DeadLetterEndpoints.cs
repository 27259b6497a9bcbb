using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Suite;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// <c>/dead-letters/{service}</c> of every module: what its endpoints gave up on. For operators. The service stands in the path, so
/// that a gateway can send it on.
/// </summary>
static class DeadLetterEndpoints
{
    const int Batch = 200;

    public static void Map(IEndpointRouteBuilder routes, IModule module) => typeof(DeadLetterEndpoints)
        .GetMethod(nameof(MapModule), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
        .MakeGenericMethod(module.DbContext).Invoke(null, [routes, module.Name]);

    static void MapModule<TDb>(IEndpointRouteBuilder routes, string module) where TDb : ModuleDbContext
    {
        var path = $"/dead-letters/{module}";
        routes.MapGet(path, async (Caller caller, DeadLetterDesk<TDb> desk, CancellationToken ct) =>
        {
            caller.RequireOperator("Reading dead letters");
            return TypedResults.Ok(await desk.ListAsync(module, ct));
        }).WithSummary("Messages this service gave up on, grouped by cause");
        routes.MapGet(path + "/{id:long}", async (long id, Caller caller, DeadLetterDesk<TDb> desk, CancellationToken ct) =>
        {
            caller.RequireOperator("Reading dead letters");
            var letter = await desk.FindAsync(id, ct) ?? throw Missing(module, id);
            return TypedResults.Ok(new DeadLetterDetail(desk.Show(letter), letter.Exception, letter.ContentType, letter.Body));
        }).WithSummary("A dead letter with its message and what went wrong");
        routes.MapPost(path + "/{id:long}/replay", (long id, Caller caller, Handling<TDb> use, CancellationToken ct) => use.OneAsync(module, id, caller, use.Replay, ct))
            .WithSummary("Deliver a dead letter again, to its endpoint only");
        routes.MapPost(path + "/{id:long}/discard", (long id, WithReason? body, Caller caller, Handling<TDb> use, CancellationToken ct) => use.OneAsync(module, id, caller, use.Discard(body), ct))
            .WithSummary("Throw a dead letter away");
        routes.MapPost(path + "/groups/{key}/replay", (string key, Caller caller, Handling<TDb> use, CancellationToken ct) => use.GroupAsync(module, key, caller, use.Replay, ct))
            .WithSummary("Deliver a group of dead letters again");
        routes.MapPost(path + "/groups/{key}/discard", (string key, WithReason? body, Caller caller, Handling<TDb> use, CancellationToken ct) => use.GroupAsync(module, key, caller, use.Discard(body), ct))
            .WithSummary("Throw a group of dead letters away");
    }

    static RefusalException Missing(string module, long id) => new Refusal(404, "not-found",
        $"There is no dead letter {id} of {module}: never, or it was replayed or discarded. GET /dead-letters/{module} lists them.").AsException();

    /// <summary>The two acts, bound as a parameter.</summary>
    sealed class Handling<TDb>(TDb db, DeadLetterDesk<TDb> desk, IOutbox<TDb> outbox, TimeProvider clock) where TDb : ModuleDbContext
    {
        /// <summary>Does it to a letter and gives the event that tells.</summary>
        public delegate object Act(DeadLetterRow letter, DeadLetterFact fact, Caller caller);

        public static ValueTask<Handling<TDb>?> BindAsync(HttpContext http)
        {
            var services = http.RequestServices;
            return ValueTask.FromResult<Handling<TDb>?>(new((TDb)services.GetService(typeof(TDb))!, (DeadLetterDesk<TDb>)services.GetService(typeof(DeadLetterDesk<TDb>))!,
                (IOutbox<TDb>)services.GetService(typeof(IOutbox<TDb>))!, (TimeProvider)services.GetService(typeof(TimeProvider))!));
        }

        public object Replay(DeadLetterRow letter, DeadLetterFact fact, Caller caller)
        {
            if (desk.WhyNotReplayable(letter) is { } why) throw Refusal.Conflict("not-replayable", $"{why} Read it (GET), then discard it.").AsException();
            desk.Replay(letter);
            return new DeadLetterReplayed(caller.Event(DeadLetterReplayed.Type, clock.Now(), fact.WorkItemId), fact);
        }

        public Act Discard(WithReason? body)
        {
            new Validation().MaxLength(body?.Reason, 2000, "/reason").ThrowIfInvalid();
            return (letter, fact, caller) =>
            {
                desk.Discard(letter);
                return new DeadLetterDiscarded(caller.Event(DeadLetterDiscarded.Type, clock.Now(), fact.WorkItemId), fact, body?.Reason);
            };
        }

        public async Task<Ok<DeadLettersDone>> OneAsync(string module, long id, Caller caller, Act act, CancellationToken ct)
        {
            caller.RequireOperator("Acting on dead letters");
            await db.TransactAsync(async token => await DoAsync(module, await desk.FindAsync(id, token) ?? throw Missing(module, id), caller, act, token), ct);
            return TypedResults.Ok(new DeadLettersDone(1));
        }

        /// <summary>In batches, each a transaction of its own (under an Idempotency-Key all in one); what fails again meanwhile is not taken twice.</summary>
        public async Task<Ok<DeadLettersDone>> GroupAsync(string module, string key, Caller caller, Act act, CancellationToken ct)
        {
            caller.RequireOperator("Acting on dead letters");
            var count = 0;
            for (long? after = 0; after is not null;)
            {
                var from = after.Value;
                (after, var done) = await db.TransactAsync(async token =>
                {
                    var (letters, lookedTo) = await desk.FindGroupAsync(key, from, Batch, token);
                    foreach (var letter in letters) await DoAsync(module, letter, caller, act, token);
                    return (lookedTo, letters.Count);
                }, ct);
                count += done;
            }
            if (count == 0) throw new Refusal(404, "not-found", $"No dead letter of {module} belongs to the group {key} (any more). GET /dead-letters/{module} lists the groups.").AsException();
            return TypedResults.Ok(new DeadLettersDone(count));
        }

        Task DoAsync(string module, DeadLetterRow letter, Caller caller, Act act, CancellationToken ct)
        {
            var shown = desk.Show(letter);
            var told = act(letter, new DeadLetterFact(module, shown.Endpoint, shown.MessageId, shown.MessageType, shown.Cause, shown.WorkItemId, shown.At), caller);
            return outbox.PublishAsync(told, ct);
        }
    }
}
