using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.Hook;

/// <summary>Section <c>Hook</c>. What belongs to one rig is in that rig's settings instead.</summary>
public sealed class HookOptions
{
    /// <summary>Agents the scheduler runs at once in the whole town.</summary>
    [Range(0, 100_000)]
    public int MaxWorkers { get; set; } = 64;

    /// <summary>Sessions started per minute in the whole town.</summary>
    [Range(1, 100_000)]
    public int StartsPerMinute { get; set; } = 600;

    /// <summary>Waiting that is worth one level of priority. An item is passed over by newer ones for at most five times this.</summary>
    [Range(1, 86_400)]
    public int AgeingSeconds { get; set; } = 600;

    /// <summary>A dispatched assignment that no lease was taken on for so long goes back to wait for a slot.</summary>
    [Range(1, 3_600)]
    public int DispatchTimeoutSeconds { get; set; } = 30;

    /// <summary>Wait after the first failed start; doubles with each further one, up to five minutes.</summary>
    [Range(1, 300)]
    public int DispatchBackoffSeconds { get; set; } = 2;

    /// <summary>Failed starts in a row, by the rig's own fault, that open the circuit of its runtime.</summary>
    [Range(1, 100)]
    public int FailedStartsUntilOpen { get; set; } = 3;

    /// <summary>A node that was not heard of for so long gets no new sessions.</summary>
    [Range(5, 86_400)]
    public int NodeSilentSeconds { get; set; } = 120;

    /// <summary>A handoff that nobody took up for so long goes to the rig's pool, with an incident.</summary>
    [Range(1, 604_800)]
    public int HandoffSeconds { get; set; } = 900;

    /// <summary>How long a sling waits for news of an item it does not know yet, or knows as closed or in the trash.</summary>
    [Range(0, 30_000)]
    public int UnknownItemWaitMilliseconds { get; set; } = 2_000;

    /// <summary>Time between two runs of the reconciler.</summary>
    [Range(10, 86_400)]
    public int ReconcileSeconds { get; set; } = 900;

    /// <summary>Whether an agent may hold one live lease only.</summary>
    public bool OneLeasePerAgent { get; set; } = true;
}
