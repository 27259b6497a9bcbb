using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Rigs;

/// <summary><c>POST /rigs</c>: a project joins the town. Without a repository the town only tracks state: nothing is merged.</summary>
static class RegisterRig
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/rigs", HandleAsync).WithSummary("Add a rig");

    static async Task<Created<RigSnapshot>> HandleAsync(
        CreateRig body, Caller caller, HttpContext http, WorkDbContext db, IOutbox<WorkDbContext> outbox, RepositoryCheck repository, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireOperator("Adding a rig");
        var v = new Validation();
        RigInput.CheckName(v, body.Name, body.Prefix);
        RigInput.CheckRepository(v, body.GitUrl, body.DefaultBranch);
        v.Check(body.GitUrl is not null || body.DefaultBranch is null, "/defaultBranch", "A rig without a repository has no branch.");
        RigInput.Check(v, body.Settings);
        v.ThrowIfInvalid();
        caller.RequireRig(body.Name);
        await RefuseTakenAsync(body, db, ct);       // git is asked only about a rig that can be had
        var branch = body.GitUrl is null ? null : await repository.DefaultBranchAsync(body.GitUrl, body.DefaultBranch, ct);

        var rig = await db.TransactAsync(async token =>
        {
            await db.LockAsync("work-rigs", token);
            await RefuseTakenAsync(body, db, token);
            var now = clock.Now();
            var row = new RigRow
            {
                Id = body.Name,
                Prefix = body.Prefix,
                GitUrl = body.GitUrl,
                DefaultBranch = branch,
                State = RigState.Active,
                Settings = WithMerge(body.Settings ?? new RigSettings(), body.GitUrl),
                CreatedAt = now,
                UpdatedAt = now,
                Version = 1,
            };
            db.Rigs.Add(row);
            var snapshot = row.ToSnapshot();
            await outbox.PublishAsync(new RigRegistered(caller.Event(RigRegistered.Type, now, rigId: row.Id), snapshot), token);
            return snapshot;
        }, ct);
        http.SetETag(rig.Version);
        return TypedResults.Created($"/rigs/{rig.Id}", rig);
    }

    /// <summary>What has no repository lands nothing.</summary>
    internal static RigSettings WithMerge(RigSettings settings, string? gitUrl) => gitUrl is not null ? settings with { Merge = settings.Merge ?? new MergeSettings() }
        : settings with { Merge = (settings.Merge ?? new MergeSettings()) with { Strategy = MergeStrategy.None } };

    static async Task RefuseTakenAsync(CreateRig body, WorkDbContext db, CancellationToken ct)
    {
        var other = await db.Rigs.AsNoTracking().FirstOrDefaultAsync(r => r.Id == body.Name || r.Prefix == body.Prefix, ct);
        if (other is null) return;
        throw (other.Id == body.Name
            ? Refusal.Conflict("name-taken", $"There is a rig {body.Name} already. PATCH /rigs/{body.Name} changes it.")
            : Refusal.Conflict("prefix-taken", $"The rig {other.Id} has the prefix {body.Prefix}. Choose another one.", ("rig", other.Id))).AsException();
    }
}
