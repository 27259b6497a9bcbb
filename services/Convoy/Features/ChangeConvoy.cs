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

namespace ClaudeManage.Convoy.Features;

/// <summary><c>PATCH /convoys/{id}</c>: its name and its terms, before the launch and while it is under way.</summary>
static class ChangeConvoy
{
    const int MaxNotify = 20;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPatch("/convoys/{id}", Handle);

    static Task<Ok<ConvoySnapshot>> Handle(string id, UpdateConvoyRequest request, Caller caller, ConvoyDbContext db, ConvoyRun run, ConvoyReader reader, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireTownOperator("Changing a convoy");
        new Validation()
            .Check(request != new UpdateConvoyRequest(), "/", "Say what to change: name, goal, deadline, budgetUsd, maxParallel, stallAfterSeconds, notify or clear.")
            .Check(request.Name is null || !string.IsNullOrWhiteSpace(request.Name), "/name", "A convoy needs a name.")
            .MaxLength(request.Name, 300, "/name").MaxLength(request.Goal, 65_536, "/goal")
            .Terms(request.MaxParallel, request.StallAfterSeconds, request.Deadline, request.BudgetUsd, request.Notify, clock)
            .ThrowIfInvalid();
        return ConvoyVerbs.ActAsync(id, ConvoyVerb.Change, db, run, reader, (row, token) => run.ChangeAsync(row, request, caller.Actor, token), ct);
    }

    /// <summary>What holds of the terms, also of a convoy that is being made.</summary>
    public static Validation Terms(this Validation validation, int? maxParallel, int? stallAfterSeconds, DateTimeOffset? deadline, decimal? budgetUsd, IReadOnlyList<string>? notify, TimeProvider clock) => validation
        .Check(maxParallel is null or >= 1 and <= 500, "/maxParallel", "1 to 500.")
        .Check(stallAfterSeconds is null or >= 30 and <= 2_592_000, "/stallAfterSeconds", "30 seconds to 30 days.")
        .Check(deadline is null || deadline > clock.GetUtcNow(), "/deadline", "A time to come.")
        .Check(budgetUsd is null or > 0 and <= 1_000_000_000, "/budgetUsd", "More than 0.")
        .MaxCount(notify, MaxNotify, "/notify")
        .Check((notify ?? []).All(n => n == Herald.Webhook || ActorAddress.IsValid(n)), "/notify", "Each entry is an address, e.g. overseer, mayor or shop/crew/ada, or webhook for the town's own.");
}
