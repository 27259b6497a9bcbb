using System.ComponentModel.DataAnnotations;

namespace ClaudeManage.Refinery;

/// <summary>The section <c>Refinery</c>.</summary>
public sealed class RefineryOptions
{
    /// <summary>Gates running at once in this process, over all rigs.</summary>
    [Range(1, 64)]
    public int MaxConcurrentGates { get; set; } = 4;

    /// <summary>How long a submitted commit may take to appear at the origin.</summary>
    [Range(0, 3600)]
    public int BranchWaitSeconds { get; set; } = 60;

    /// <summary>
    /// What one step of priority is worth in waiting time: a request of priority p is never overtaken by one that was
    /// queued more than p times this long after it.
    /// </summary>
    [Range(1, 1440)]
    public int AgeingMinutes { get; set; } = 10;

    /// <summary>How long a rig's queue stays with a replica that no longer renews its claim on it.</summary>
    [Range(5, 600)]
    public int LeaseSeconds { get; set; } = 30;

    /// <summary>How long an origin may be away while a convoy lands in several rigs, before what has landed of it is taken back.</summary>
    [Range(10, 86_400)]
    public int JointLandingSeconds { get; set; } = 300;

    /// <summary>First wait after an origin refused or did not answer; doubled each time.</summary>
    [Range(1, 3600)]
    public int OriginRetrySeconds { get; set; } = 5;

    /// <summary>Longest wait between two tries at an origin.</summary>
    [Range(1, 86_400)]
    public int OriginRetryMaxSeconds { get; set; } = 300;

    /// <summary>Bytes kept on disk of one try of one gate; what comes after is dropped and the log says so.</summary>
    [Range(4096, 1L << 30)]
    public long MaxGateLogBytes { get; set; } = 16L << 20;

    /// <summary>Where gates' output is kept; default below the data directory. Replicas that share it can each show what another one ran.</summary>
    public string? GateLogDirectory { get; set; }

    /// <summary>Days that gates' output is kept after every merge request that rests on it is over; the end of it stays with the run.</summary>
    [Range(1, 36_500)]
    public int KeepGateLogDays { get; set; } = 30;

    /// <summary>Name of the committer of merge commits.</summary>
    [Required, StringLength(100, MinimumLength = 1)]
    public string CommitterName { get; set; } = "ClaudeManage Refinery";

    /// <summary>E-mail address of the committer of merge commits.</summary>
    [Required, StringLength(200, MinimumLength = 3)]
    public string CommitterEmail { get; set; } = "refinery@claudemanage.invalid";
}
