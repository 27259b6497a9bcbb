using MassTransit;

namespace ClaudeManage.Hook.Sagas;

/// <summary>The flow of one assignment that supervisors run; its id is the assignment's.</summary>
sealed class DispatchState : SagaStateMachineInstance, ISagaVersion
{
    public Guid CorrelationId { get; set; }

    public string CurrentState { get; set; } = "";

    public string RigId { get; set; } = "";

    public string WorkItemId { get; set; } = "";

    /// <summary>The assignment revision of the last message that counted.</summary>
    public long Revision { get; set; }

    public Guid? SessionId { get; set; }

    public string? NodeId { get; set; }

    /// <summary>When a node was last told to start it; the start rate is counted from these.</summary>
    public DateTimeOffset? GrantedAt { get; set; }

    /// <summary>Failed starts of this assignment in a row.</summary>
    public int Failures { get; set; }

    /// <summary>A session that was given up for not taking its lease; what its node says of it later is not counted again.</summary>
    public Guid? GivenUpSessionId { get; set; }

    public int Version { get; set; }

    /// <summary>Not kept: what a failed start means, decided while the message is handled.</summary>
    public StartVerdict Verdict { get; set; }
}

/// <summary>What follows from a failed start.</summary>
enum StartVerdict
{
    /// <summary>Nothing: it is about an older session, or the lease was taken after all.</summary>
    Stay,

    /// <summary>Wait for a slot again.</summary>
    Wait,

    /// <summary>The circuit is open.</summary>
    Break,
}
