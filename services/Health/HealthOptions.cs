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

    /// <summary>Seconds without progress that an agent is left in peace while it uses the processor; otherwise its rig's stallAfterSeconds count.</summary>
    [Range(1, 604_800)]
    public int BusyPatienceSeconds { get; set; } = 7_200;

    /// <summary>How often an agent is asked before it is stuck.</summary>
    [Range(1, 10)]
    public int Nudges { get; set; } = 2;

    /// <summary>Seconds the first nudge may stay unanswered; each one after it twice as long.</summary>
    [Range(1, 86_400)]
    public int NudgeWaitSeconds { get; set; } = 120;

    /// <summary>Repeated lines in a row that count as a loop, if they go on for as long as an agent may be silent before it is quiet.</summary>
    [Range(5, 1_000_000)]
    public int LoopRepeats { get; set; } = 100;

    /// <summary>Seconds a session may go on without an assignment.</summary>
    [Range(1, 86_400)]
    public int ZombieAfterSeconds { get; set; } = 120;

    /// <summary>Seconds between the end of a session and the end of its lease before the agent counts as dead.</summary>
    [Range(1, 86_400)]
    public int DeadAfterSeconds { get; set; } = 60;

    /// <summary>Seconds that work may wait on a hook whose agents supervisors start, although it could be started.</summary>
    [Range(1, 86_400)]
    public int PropulsionSeconds { get; set; } = 120;

    /// <summary>The same for a hook whose agents are started by people or scripts.</summary>
    [Range(1, 604_800)]
    public int BarePropulsionSeconds { get; set; } = 1_800;

    /// <summary>Seconds between a witness's first and second act on a stuck agent; twice as long each time after.</summary>
    [Range(1, 86_400)]
    public int ActWaitSeconds { get; set; } = 120;

    /// <summary>Restarts and moves of one rig's work of one formula under one runtime within the window; over it, witnesses only report.</summary>
    [Range(1, 10_000)]
    public int BreakerActs { get; set; } = 6;

    /// <summary>That window, in seconds.</summary>
    [Range(1, 604_800)]
    public int BreakerWindowSeconds { get; set; } = 3_600;
}
