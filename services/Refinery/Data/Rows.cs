using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Refinery.Data;

/// <summary>What is known of a rig, from Work's events.</summary>
sealed class RigCopy
{
    public string Id { get; set; } = "";
    public string Prefix { get; set; } = "";
    public string? GitUrl { get; set; }
    public string? DefaultBranch { get; set; }
    public RigState State { get; set; }
    public MergeSettings Merge { get; set; } = new();
    public long Version { get; set; }

    public IReadOnlyList<GateDefinition> Gates => Merge.Gates ?? [];
}

/// <summary>The newest that is known of a work item: enough to tell an old message from a new one.</summary>
sealed class ItemMark
{
    public string Id { get; set; } = "";
    public long Version { get; set; }
    public WorkItemState State { get; set; }

    /// <summary>The newest lease anybody was given; what was done under an older one is not landed.</summary>
    public long Fence { get; set; }
}

/// <summary>Why a queue stands still.</summary>
enum HoldKind
{
    None,

    /// <summary>A person paused it.</summary>
    Operator,

    /// <summary>The target's own tip fails a gate.</summary>
    Red,

    /// <summary>The origin does not answer.</summary>
    Origin,

    /// <summary>The origin answers, and refuses what is pushed.</summary>
    Refused,
}

/// <summary>One rig's merge queue, and which replica works on it.</summary>
sealed class MergeQueue
{
    public string RigId { get; set; } = "";
    public HoldKind Hold { get; set; }
    public string? Reason { get; set; }
    public string? HeldBy { get; set; }
    public DateTimeOffset? HeldAt { get; set; }

    /// <summary>When a queue that was held by trouble is tried again.</summary>
    public DateTimeOffset? RetryAt { get; set; }

    /// <summary>Troubles in a row.</summary>
    public int Failures { get; set; }

    /// <summary>The target's tip that failed its gates.</summary>
    public string? RedTip { get; set; }

    /// <summary>Failed gate results from before are not believed.</summary>
    public DateTimeOffset FreshSince { get; set; }

    public string? LeaseHolder { get; set; }

    /// <summary>Grows with every change of the holder; what an older holder has to say is not written.</summary>
    public long LeaseFence { get; set; }

    public DateTimeOffset LeaseUntil { get; set; }
    public long Version { get; set; }
}

/// <summary>One run of one gate on one tree.</summary>
sealed class GateRun
{
    public Guid Id { get; set; }
    public string RigId { get; set; } = "";
    public string MergeRequestId { get; set; } = "";
    public int Round { get; set; }
    public string Gate { get; set; } = "";

    /// <summary>Hash of what was run.</summary>
    public string Definition { get; set; } = "";

    public string Tree { get; set; } = "";
    public string Commit { get; set; } = "";

    /// <summary>Run on the target's tip, to see whose fault a failure is.</summary>
    public bool OnTarget { get; set; }

    public GateResult Result { get; set; }
    public int? ExitCode { get; set; }
    public int Tries { get; set; }
    public bool Flaky { get; set; }

    /// <summary>The run whose result this is, when nothing was run; its log is this one's.</summary>
    public Guid? CachedFrom { get; set; }

    /// <summary>The refinery was stopped meanwhile: no result.</summary>
    public bool Interrupted { get; set; }

    public string? OutputTail { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Ends it without a result.</summary>
    public void Abandon(DateTimeOffset now) =>
        (Interrupted, EndedAt, Result, OutputTail) = (true, now, GateResult.NotStarted, "The refinery was stopped while this gate ran. It does not count, and is run again.");

    public Guid LogId => CachedFrom ?? Id;

    public GateRunSnapshot ToSnapshot() =>
        new(Id, RigId, MergeRequestId, Gate, Tree, Commit, Result, ExitCode, Tries, Flaky, CachedFrom is not null, OutputTail, StartedAt, EndedAt);
}
