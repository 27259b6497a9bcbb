using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Town;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// Daily: forgets what sessions left on this node, transcripts and checkpoints, once the work they were about has been over for long. Whether it
/// is over the town is asked; without its answer everything stays. The sessions' rows stay.
/// </summary>
sealed class NodeRetention(
    ITownCalls town, NodeState node, SessionRegistry registry, RigRepositories repositories, DataDirectory data, IOptions<SupervisorOptions> options, TimeProvider clock, IServiceScopeFactory scopes, IServiceProvider services)
    : DailyPatrol<SupervisorDbContext>("supervisor", $"{Prefix}{node.Id}", services)
{
    /// <summary>Begins its name; the node's follows.</summary>
    public const string Prefix = "retention:node:";

    const int AtOnce = 100;

    protected override async Task<PatrolRound> RoundAsync(CancellationToken ct)
    {
        var work = new ClosedWork(town);
        var (looked, missed, findings) = (new List<string>(), new List<string>(), new List<string>());
        try
        {
            await TranscriptsAsync(work, looked, missed, findings, ct);
            await CheckpointsAsync(work, looked, missed, findings, ct);
        }
        catch (TownUnreachableException e) { missed.Add($"the town did not say which work is over ({e.Message}); what was not looked at stays"); }
        if (work.Unknown.Count > 0) missed.Add($"the town does not know {string.Join(", ", work.Unknown.Take(10))}{(work.Unknown.Count > 10 ? $" and {work.Unknown.Count - 10} more" : "")}; what is of them stays");
        return new(looked, missed, findings);
    }

    /// <summary>Goes over what is on the disk: what went before is not looked at again.</summary>
    async Task TranscriptsAsync(ClosedWork work, List<string> looked, List<string> missed, List<string> findings, CancellationToken ct)
    {
        var (now, keeping, gone, seen) = (clock.Now(), options.Value.Keeping, 0, 0);
        foreach (var some in SessionDirectory.All(data).Chunk(AtOnce))
        {
            seen += some.Length;
            foreach (var session in await OverAsync(some, now - keeping.Transcripts, ct))
            {
                if (registry.Find(session.Id) is not null || !keeping.TranscriptMayGo(await work.EndOfAsync(session.WorkItemId, ct), session.EndedAt!.Value, now)) continue;
                if (SessionDirectory.Of(data, session.Id).Remove() is { } trouble) missed.Add(trouble);
                else gone++;
            }
        }
        looked.Add($"{seen} transcripts");
        if (gone > 0) findings.Add($"removed {gone} transcripts of work that was over before {now - keeping.Transcripts:u}");
    }

    async Task<List<SessionRow>> OverAsync(Guid[] ids, DateTimeOffset before, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SupervisorDbContext>();
        return await db.Sessions.AsNoTracking().Where(s => ids.Contains(s.Id) && s.NodeId == node.Id && s.Phase == SessionPhase.Over && s.EndedAt < before).ToListAsync(ct);
    }

    async Task CheckpointsAsync(ClosedWork work, List<string> looked, List<string> missed, List<string> findings, CancellationToken ct)
    {
        List<RigCopy> rigs;
        await using (var scope = scopes.CreateAsyncScope()) rigs = await scope.ServiceProvider.GetRequiredService<SupervisorDbContext>().Rigs.AsNoTracking().OrderBy(r => r.Id).ToListAsync(ct);
        foreach (var rig in rigs)
        {
            try
            {
                if (repositories.For(rig.Rig) is not { } repository) continue;
                var (seen, gone) = await CheckpointsAsync(repository, work, ct);
                if (seen > 0) looked.Add($"{seen} checkpoints of {rig.Id}");
                if (gone > 0) findings.Add($"forgot {gone} checkpoints of {rig.Id}");
            }
            catch (Exception e) when (e is GitException or IOException or ArgumentException) { missed.Add($"the checkpoints of {rig.Id}: {e.Message}"); }
        }
    }

    async Task<(int Seen, int Gone)> CheckpointsAsync(RigRepository repository, ClosedWork work, CancellationToken ct)
    {
        var (now, keeping) = (clock.Now(), options.Value.Keeping);
        var all = await repository.CheckpointsAsync(ct);
        var old = new List<CheckpointInfo>();
        // The town is asked about what is old enough only.
        foreach (var checkpoint in all.Where(c => c.At + (keeping.Landed < keeping.Unlanded ? keeping.Landed : keeping.Unlanded) < now))
        {
            // Whose nobody knows stays: somebody may still look for it.
            if (checkpoint.Item == CheckpointKey.Unowned.Item || registry.All.Any(s => s.WorkItemId == checkpoint.Item)) continue;
            if (keeping.CheckpointMayGo(await work.EndOfAsync(checkpoint.Item, ct), checkpoint.At, now)) old.Add(checkpoint);
        }
        await repository.ForgetAsync(old, ct);
        return (all.Count, old.Count);
    }
}
