using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>Why a session is over.</summary>
enum EndKind
{
    /// <summary>The program ended by itself.</summary>
    Exited,

    /// <summary>Somebody asked for it.</summary>
    Stopped,

    /// <summary>An emergency stop: ended quickly, also where another ending was under way.</summary>
    Halted,

    /// <summary>Somebody asked that another goes on with it.</summary>
    HandedOff,

    /// <summary>The town no longer knows its lease.</summary>
    LeaseLost,

    /// <summary>Its item is over without it.</summary>
    ItemClosed,

    /// <summary>Its work was accepted, and it went on running.</summary>
    Lingered,

    /// <summary>It ran too long.</summary>
    WallTime,

    /// <summary>It printed too much.</summary>
    OutputLimit,

    /// <summary>Its node withdraws.</summary>
    Drained,

    /// <summary>Found dead after a crash of its supervisor.</summary>
    Lost,

    /// <summary>It never started.</summary>
    NotStarted,
}

/// <param name="ExitCode">Only of a program that ended by itself, and only when somebody saw it.</param>
/// <param name="To">Of a handoff: the hook that goes on; null means its own.</param>
/// <param name="Fault">Of a failed start: where the cause lies.</param>
sealed record Ending(EndKind Kind, string Reason, int? ExitCode = null, string? To = null, StartFault Fault = StartFault.Rig);

/// <summary>What a session left behind.</summary>
/// <param name="Head">The tip of its branch.</param>
/// <param name="Changed">Whether that is more than what it started from.</param>
/// <param name="NeedsCommit">The item is only done with a commit, or with a reason why there is none.</param>
/// <param name="Pushes">The commit is for the origin.</param>
/// <param name="AcceptedByTown">The worker itself declared the item done, and the town took it.</param>
/// <param name="AfterLimit">It already continued a session that was handed off for the same limit.</param>
sealed record Evidence(
    string? Branch, string? Head, bool Changed, string? Subject, ResultFile? Result, string OutputTail,
    IReadOnlyList<AcceptanceResult> Acceptance, bool NeedsCommit, bool Pushes, bool AcceptedByTown, bool AfterLimit);

/// <summary>What the town is told; exactly one of the requests, or none. The lease's token is added when it is sent.</summary>
/// <param name="Push">The commit that must be at the origin first, under <paramref name="Branch"/>.</param>
sealed record SessionReport(DoneRequest? Done = null, HandoffRequest? Handoff = null, ReleaseRequest? Release = null, string? Branch = null, string? Push = null);

/// <summary>What follows from how a session ended.</summary>
static class EndDecision
{
    /// <summary>The exit code by which a worker asks for a handoff (EX_TEMPFAIL).</summary>
    public const int HandOff = 75;

    /// <summary>Begins the reason of a handoff made for the wall-time limit.</summary>
    public const string WallTimePrefix = "wall time limit";

    public static SessionReport Decide(Ending end, Evidence e) => end.Kind switch
    {
        _ when e.AcceptedByTown => new(Branch: e.Branch, Push: PushFor(e)),
        EndKind.Exited => Exited(end, e),
        EndKind.HandedOff => PassOn(end.Reason, e, end.To),
        EndKind.WallTime => e.AfterLimit ? Fail($"{end.Reason}, and so did the session before it.", e) : PassOn(end.Reason, e),
        EndKind.OutputLimit => Fail(end.Reason, e),
        EndKind.LeaseLost or EndKind.ItemClosed or EndKind.Lingered => new(),
        EndKind.Lost => new(Release: new(null, end.Reason, Dead: true)),
        _ => new(Release: new(null, end.Reason)),
    };

    /// <summary>The state the session is shown in afterwards.</summary>
    public static SessionState StateAfter(EndKind kind) => kind switch
    {
        EndKind.Exited => SessionState.Exited,
        EndKind.Lost => SessionState.Lost,
        EndKind.NotStarted => SessionState.StartFailed,
        _ => SessionState.Stopped,
    };

    static SessionReport Exited(Ending end, Evidence e)
    {
        if (end.ExitCode == HandOff) return PassOn(e.Result?.Reason ?? "The worker asked for a handoff.", e);
        if (end.ExitCode != 0) return Fail(e.Result?.Reason is { } why ? $"{end.Reason} {why}" : end.Reason, e);
        if (e.Result?.Outcome is CompletionOutcome.Failed or CompletionOutcome.Blocked)
            return Fail(e.Result.Reason ?? e.Result.Summary ?? $"The worker reported {e.Result.Outcome.ToString()!.ToLowerInvariant()} without a reason.", e, e.Result.Outcome.Value);
        if (e.Acceptance.FirstOrDefault(a => a.ExitCode != 0) is { } missed)
            return Fail($"Acceptance command {missed.Index} ended with exit code {missed.ExitCode}: {missed.Output}", e);
        if (e.Changed && e.Result?.Outcome != CompletionOutcome.NoChange) return Complete(e, e.Branch, e.Head);
        if (e.NeedsCommit || e.Result?.Outcome == CompletionOutcome.NoChange) return Unchanged(e);
        return Complete(e, null, null);
    }

    static SessionReport Complete(Evidence e, string? branch, string? commit) => new(
        Done: new(null, CompletionOutcome.Completed, e.Result?.Summary ?? e.Subject, e.Result?.Reason, branch, commit, e.Result?.Artifacts, e.Result?.Usage, Shown(e)),
        Branch: e.Branch, Push: PushFor(e));

    static SessionReport Unchanged(Evidence e) => (e.Result?.Reason ?? e.Result?.Summary) is { } reason
        ? new(Done: new(null, CompletionOutcome.NoChange, e.Result!.Summary, reason, null, null, e.Result.Artifacts, e.Result.Usage, Shown(e)))
        : Fail($"It ended well, but committed nothing on {e.Branch} and gave no reason in $CM_RESULT_FILE.", e);

    static SessionReport Fail(string reason, Evidence e, CompletionOutcome outcome = CompletionOutcome.Failed) => new(
        Done: new(null, outcome, e.Result?.Summary, WithTail(reason, e.OutputTail), null, null, e.Result?.Artifacts, e.Result?.Usage));

    static SessionReport PassOn(string reason, Evidence e, string? to = null) => new(
        Handoff: new(null, to, reason, e.Result?.Handoff ?? new HandoffContext(e.Result?.Summary ?? e.Subject, Notes: e.OutputTail is { Length: > 0 } tail ? $"The end of its output:\n{tail}" : null),
            e.Changed ? e.Branch : null, e.Changed ? e.Head : null),
        Branch: e.Branch, Push: e.Changed ? e.Head : null);

    static string? PushFor(Evidence e) => e is { Pushes: true, Changed: true } ? e.Head : null;

    static IReadOnlyList<AcceptanceResult>? Shown(Evidence e) => e.Acceptance.Count == 0 ? null : e.Acceptance;

    static string WithTail(string reason, string tail) => tail.Length == 0 ? reason : $"{reason}\nThe end of its output:\n{tail}";
}
