using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts.Work;

/// <summary>Whether work of a rig is dispatched.</summary>
[JsonConverter(typeof(SnakeCase<RigState>))]
public enum RigState
{
    /// <summary>Dispatched as capacity allows.</summary>
    Active,

    /// <summary>No new dispatch; what runs goes on.</summary>
    Parked,

    /// <summary>Out of operation, kept on record.</summary>
    Docked,
}

/// <summary>How finished work reaches the target branch.</summary>
[JsonConverter(typeof(SnakeCase<MergeStrategy>))]
public enum MergeStrategy
{
    /// <summary>Through the queue, one merge commit per item.</summary>
    Merge,

    /// <summary>Through the queue, one squashed commit per item.</summary>
    Squash,

    /// <summary>The worker lands it; the town records the commit.</summary>
    Direct,

    /// <summary>The branch stays local.</summary>
    Local,

    /// <summary>Nothing to land: the town only tracks state.</summary>
    None,
}

/// <summary>One check a candidate must pass before it lands. Only an operator may define gates.</summary>
/// <param name="Name">Unique within the rig.</param>
/// <param name="Command">Argument array, run in the candidate's worktree; never a shell line.</param>
/// <param name="TimeoutSeconds">1–86 400; a gate that takes longer has failed.</param>
/// <param name="Retries">0–5 more tries on the same tree; passing on a retry is recorded as flaky.</param>
/// <param name="Required">A gate that is not required is run and shown, and does not refuse.</param>
public sealed record GateDefinition(
    string Name,
    IReadOnlyList<string> Command,
    int TimeoutSeconds = 600,
    int Retries = 0,
    bool Required = true,
    IReadOnlyDictionary<string, string>? Env = null);

/// <summary>How a rig's merge queue works.</summary>
/// <param name="Setup">Run in a gate worktree before the gates.</param>
/// <param name="MaxConcurrent">Gate runs of this rig at once, 1–32.</param>
/// <param name="BatchSize">Requests landed together, 1–50.</param>
/// <param name="DeleteBranches">Whether a landed item's branch is deleted at the origin.</param>
/// <param name="MaxAttempts">How often one item may come back from the queue, 1–20.</param>
public sealed record MergeSettings(
    MergeStrategy Strategy = MergeStrategy.Merge,
    IReadOnlyList<GateDefinition>? Gates = null,
    IReadOnlyList<string>? Setup = null,
    int MaxConcurrent = 1,
    int BatchSize = 1,
    bool DeleteBranches = true,
    int MaxAttempts = 3,
    IReadOnlyList<string>? ProtectedPaths = null);

/// <summary>How the rig's agents are started.</summary>
/// <param name="Command">Argument array of the <c>command</c> runtime.</param>
/// <param name="Setup">Argument array run in a new worktree before the agent.</param>
/// <param name="MaxWallSeconds">Wall time of one session, 1–604 800.</param>
/// <param name="MaxOutputBytes">Transcript size at which a session is stopped.</param>
public sealed record RuntimeOptions(
    IReadOnlyList<string>? Command = null,
    IReadOnlyList<string>? Setup = null,
    IReadOnlyDictionary<string, string>? Env = null,
    int MaxWallSeconds = 14_400,
    long MaxOutputBytes = 64L * 1024 * 1024);

/// <summary>What an operator decides about a rig. Null means the town's default.</summary>
/// <param name="MaxWorkers">Agents at once on this rig, 0–500.</param>
/// <param name="LeaseSeconds">TTL of a lease under a supervisor, 2–3 600 (default 90).</param>
/// <param name="ClaimLeaseSeconds">TTL of a bare claim, 2–86 400 (default 900).</param>
/// <param name="MaxAttempts">Attempts before an assignment is exhausted, 1–20 (default 3).</param>
/// <param name="StallAfterSeconds">No progress for this long is a stall.</param>
public sealed record RigSettings(
    int MaxWorkers = 4,
    string Runtime = "command",
    RuntimeOptions? RuntimeOptions = null,
    MergeSettings? Merge = null,
    int LeaseSeconds = 90,
    int ClaimLeaseSeconds = 900,
    int MaxAttempts = 3,
    int StallAfterSeconds = 900);

/// <summary>One project: the whole of what other services keep as their copy.</summary>
/// <param name="Id">The slug, which is also its name.</param>
/// <param name="GitUrl">Null for a rig without a repository (merge strategy none).</param>
public sealed record RigSnapshot(
    string Id,
    string Prefix,
    string? GitUrl,
    string? DefaultBranch,
    RigState State,
    RigSettings Settings,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);
