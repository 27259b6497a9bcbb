using System.ComponentModel.DataAnnotations;
using ClaudeManage.Git;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.Supervisor;

/// <summary>What becomes of running agents when their supervisor is stopped in good order.</summary>
public enum StopMode
{
    /// <summary>Stopped, their work checkpointed, their leases given back: the work is queued again, the attempt not counted.</summary>
    HandBack,

    /// <summary>They go on; the next start of the supervisor adopts them. For a restart that shall not disturb anybody.</summary>
    Leave,
}

/// <summary>Section <c>Supervisor</c>.</summary>
public sealed class SupervisorOptions
{
    /// <summary>Whether this process runs agents at all.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Name of this machine in the town, unique; default its host name.</summary>
    public string? NodeId { get; set; }

    /// <summary>Address under which the gateway reaches this node; not needed where there is no gateway.</summary>
    [Url]
    public string? Url { get; set; }

    /// <summary>Sessions at once; 0 means one per processor.</summary>
    [Range(0, 500)]
    public int Slots { get; set; }

    /// <summary>Rigs it serves; empty means all.</summary>
    public string[] Rigs { get; set; } = [];

    /// <summary>What is special about this machine.</summary>
    public string[] Tags { get; set; } = [];

    /// <summary>How often the node says what it runs, while it runs something; otherwise every 30 s.</summary>
    [Range(1, 60)]
    public int HeartbeatSeconds { get; set; } = 5;

    /// <summary>How often unsaved work of a running session is saved.</summary>
    [Range(1, 86_400)]
    public int CheckpointSeconds { get; set; } = 180;

    /// <summary>How long an agent has after SIGINT.</summary>
    [Range(0, 600)]
    public double InterruptSeconds { get; set; } = 5;

    /// <summary>How long it has after SIGTERM, before it is killed.</summary>
    [Range(0, 600)]
    public double TerminateSeconds { get; set; } = 5;

    /// <summary>How long an agent may go on after its work was accepted.</summary>
    [Range(0, 3_600)]
    public int LingerSeconds { get; set; } = 30;

    /// <summary>How long an acceptance command may take.</summary>
    [Range(1, 86_400)]
    public int AcceptanceSeconds { get; set; } = 600;

    /// <summary>How long a setup command may take.</summary>
    [Range(1, 86_400)]
    public int SetupSeconds { get; set; } = 900;

    /// <summary>How long a push that gets no answer is repeated before the attempt fails; the work stays in the mirror.</summary>
    [Range(0, 86_400)]
    public int PushSeconds { get; set; } = 300;

    /// <summary>What a stop in good order does with running agents.</summary>
    public StopMode StopMode { get; set; } = StopMode.HandBack;

    /// <summary>Where the <c>cm</c> program is (or its .dll); agents then find <c>cm</c> on their PATH.</summary>
    public string? CmPath { get; set; }

    /// <summary>Bearer token of a supervisor that does not share the town's key.</summary>
    public string? Token { get; set; }

    /// <summary>A file with that token; read anew for every call, so that it may be replaced while the supervisor runs.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Days that the files of a session (its transcript, prompt, result) are kept after its work is over.</summary>
    [Range(1, 36_500)]
    public int KeepTranscriptDays { get; set; } = 30;

    /// <summary>Days that checkpoints are kept after their work has landed.</summary>
    [Range(1, 36_500)]
    public int KeepCheckpointDays { get; set; } = 30;

    /// <summary>The same where the work is over and did not land: given up, failed, or closed without a merge.</summary>
    [Range(1, 36_500)]
    public int KeepUnlandedCheckpointDays { get; set; } = 180;

    internal Keeping Keeping => new(TimeSpan.FromDays(KeepTranscriptDays), TimeSpan.FromDays(KeepCheckpointDays), TimeSpan.FromDays(KeepUnlandedCheckpointDays));

    internal StopLadder Ladder => StopLadder.Of(TimeSpan.FromSeconds(InterruptSeconds), TimeSpan.FromSeconds(TerminateSeconds));

    internal int EffectiveSlots => Slots > 0 ? Slots : Environment.ProcessorCount;
}
