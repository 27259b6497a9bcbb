using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.Health;

/// <summary>When the watcher worries. Section <c>Health</c>.</summary>
public sealed class HealthOptions
{
    /// <summary>Seconds without progress after which a live agent is quiet.</summary>
    [Range(1, 86_400)]
    public int QuietAfterSeconds { get; set; } = 120;

    /// <summary>Seconds without a node's heartbeat after which its agents are unreachable.</summary>
    [Range(1, 86_400)]
    public int NodeSilentSeconds { get; set; } = 90;
}
