using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.Work;

/// <summary>Section <c>Work</c>.</summary>
public sealed class WorkOptions
{
    /// <summary>Seconds after which a quiet event stream says that it is still there, and looks for what another replica wrote.</summary>
    [Range(1, 600)]
    public int KeepAliveSeconds { get; set; } = 15;

    /// <summary>Seconds a replay waits for events that are still on their way to the trail.</summary>
    [Range(0, 600)]
    public int ReplayWaitSeconds { get; set; } = 10;
}
