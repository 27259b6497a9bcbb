using System.Diagnostics;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Domain;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClaudeManage.Hook.Features.Leases;

/// <summary><c>POST /leases/renew</c>: one token (409 <c>lease-lost</c>) or many (an answer for each). One UPDATE, no event.</summary>
static class RenewLeases
{
    const int MaxTokens = 500;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/leases/renew", Handle);

    static async Task<Results<Ok<RenewResult>, Ok<RenewResults>>> Handle(RenewRequest request, Caller caller, HookDbContext db, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        IReadOnlyList<string> tokens = request.Tokens ?? (request.Token is null ? [] : [request.Token]);
        new Validation()
            .Check(request.Token is null != request.Tokens is null, "/token", "Send `token` or `tokens`, not both.")
            .Check(tokens.All(t => t is { Length: > 0 and <= LeaseToken.MaxLength }), "/token", $"A token has at most {LeaseToken.MaxLength} characters.")
            .MaxCount(tokens, MaxTokens, "/tokens").ThrowIfInvalid();
        if (tokens.Count == 0) return TypedResults.Ok(new RenewResults([]));
        var began = Stopwatch.GetTimestamp();
        var hashes = tokens.Select(LeaseToken.HashOf).ToList();
        var renewed = await db.TransactAsync(async token =>
        {
            var rows = await db.RenewAsync([.. hashes.Distinct()], clock.Now(), token);
            foreach (var row in rows) SessionGuard.RequireHolder(caller, row);
            return rows.ToDictionary(r => r.LeaseHash!, r => new RenewResult(r.Fence, r.LeaseUntil));
        }, ct);
        HookTelemetry.Renewals.Since(began, "result", hashes.All(renewed.ContainsKey) ? "renewed" : "lost");
        if (request.Tokens is not null)
            return TypedResults.Ok(new RenewResults([.. hashes.Select(h => renewed.GetValueOrDefault(h) ?? new RenewResult(0, null, "lease-lost"))]));
        return renewed.TryGetValue(hashes[0], out var one) ? TypedResults.Ok(one) : throw await LeaseLost.OfAsync(db, null, ct);
    }
}
