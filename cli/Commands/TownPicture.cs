using ClaudeManage.Client;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary>A rig with what waits in it.</summary>
sealed record RigPicture(RigSnapshot Rig, RigQueue Queue, MergeQueueView? Merges);

/// <summary>The town at this moment, as far as one screen needs it: its first 500 rigs, agents and sessions, and 50 of what needs a person.</summary>
sealed record TownPicture(
    IReadOnlyList<RigPicture> Rigs, IReadOnlyList<AgentSnapshot> Agents, IReadOnlyList<SessionSnapshot> Sessions, SchedulerStatus Scheduler, IReadOnlyList<IncidentSnapshot> Incidents, IReadOnlyList<HandoffSnapshot> Handoffs)
{
    public static async Task<TownPicture> ReadAsync(TownClient town, CancellationToken ct)
    {
        var (rigs, agents, sessions, scheduler, incidents, handoffs) = (
            town.Rigs(limit: 500).SendAsync(ct), town.Agents(limit: 500).SendAsync(ct), town.Sessions(live: true, limit: 500).SendAsync(ct),
            town.Scheduler().SendAsync(ct), town.Incidents("open", limit: 50).SendAsync(ct), town.Handoffs("pending", limit: 50).SendAsync(ct));
        var pictures = await Task.WhenAll((await rigs).Items.Select(async rig =>
        {
            var (queue, merges) = (town.RigQueue(rig.Id).SendAsync(ct), rig.GitUrl is null ? null : town.MergeQueue(rig.Id).SendAsync(ct));
            return new RigPicture(rig, await queue, merges is null ? null : await merges);
        }));
        return new TownPicture(pictures, (await agents).Items, (await sessions).Items, await scheduler, (await incidents).Items, (await handoffs).Items);
    }
}
