using ClaudeManage.Contracts.Hook;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>What follows from how a workflow step's command ended. Unlike an agent it is never handed over: it has run, or it is run from its beginning.</summary>
static class RunDecision
{
    /// <summary>The exit code by which a command says that it may succeed another time (EX_TEMPFAIL).</summary>
    public const int TryAgain = 75;

    public static SessionReport Decide(Ending end, Evidence e, RunOutput output) => end.Kind switch
    {
        // It may have declared its item done itself, as every worker may.
        _ when e.AcceptedByTown => EndDecision.Decide(end, e),
        EndKind.Exited when end.ExitCode == TryAgain => Fail(end.Reason, "transient", e),
        EndKind.Exited when end.ExitCode != 0 => Fail(end.Reason, "permanent", e),
        EndKind.Exited => Done(e, output),
        EndKind.WallTime => Fail(end.Reason, "timeout", e),
        EndKind.OutputLimit => Fail(end.Reason, "permanent", e),
        EndKind.HandedOff => new(Release: new(null, end.Reason)),
        _ => EndDecision.Decide(end, e),
    };

    static SessionReport Done(Evidence e, RunOutput output)
    {
        if (e.Acceptance.FirstOrDefault(a => a.ExitCode != 0) is { } missed) return Fail($"Acceptance command {missed.Index} ended with exit code {missed.ExitCode}: {missed.Output}", "tests", e);
        if (output.Refusal is { } why) return Fail(why, "permanent", e);
        var shown = e.Acceptance.Count == 0 ? null : e.Acceptance;
        if (e.Changed) return new(Done: new(null, CompletionOutcome.Completed, e.Subject, null, e.Branch, e.Head, Acceptance: shown, Output: output.Value), Branch: e.Branch, Push: e.Pushes ? e.Head : null);
        return e.NeedsCommit
            ? new(Done: new(null, CompletionOutcome.NoChange, null, "The command ended well and committed nothing.", Acceptance: shown, Output: output.Value))
            : new(Done: new(null, CompletionOutcome.Completed, "The command ended well.", Acceptance: shown, Output: output.Value));
    }

    static SessionReport Fail(string reason, string failureClass, Evidence e) => new(
        Done: new(null, CompletionOutcome.Failed, null, e.OutputTail.Length == 0 ? reason : $"{reason}\nThe end of its output:\n{e.OutputTail}", FailureClass: failureClass));
}
