using System.Collections.Concurrent;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Supervisor.Town;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// The rigs as this node knows them. Their events keep the copies right from the moment this node's queues exist; what happened before, and
/// while it was away for longer than its queues were kept, the town is asked for once per start.
/// </summary>
sealed class RigCopies(SessionStore store, ITownCalls town, ILogger<RigCopies> log)
{
    readonly ConcurrentDictionary<string, bool> _asked = new();

    /// <summary>The rig; null when neither this node nor the town knows it.</summary>
    public async Task<RigSnapshot?> FindAsync(string rigId, CancellationToken ct)
    {
        if (_asked.ContainsKey(rigId)) return await store.RigAsync(rigId, ct);
        try
        {
            await store.KeepAsync(await town.RigAsync(rigId, ct), ct);
            _asked[rigId] = true;
        }
        catch (Exception e) when (e is TownRefusedException or TownUnreachableException)
        {
            log.LogWarning("The town was asked for the rig {Rig} and says: {Reason}. What this node knows of it is used", rigId, e.Message);
        }
        return await store.RigAsync(rigId, ct);
    }
}
