using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Domain;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Running;

/// <summary>This machine as the town sees it.</summary>
sealed class NodeState(IOptions<SupervisorOptions> options, TimeProvider clock)
{
    readonly DateTimeOffset _startedAt = clock.Now();

    public string Id { get; } = NodeName.Of(options.Value.NodeId);

    /// <summary>Takes no new sessions: an operator said so, or the process is about to end.</summary>
    public bool Draining { get; set; }

    public NodeSnapshot Snapshot() => new(Id, options.Value.EffectiveSlots, options.Value.Rigs, ["command"], options.Value.Tags, Draining, _startedAt, options.Value.Url);
}
