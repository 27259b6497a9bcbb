using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Supervisor.Running;

/// <summary>Makes sure that nothing of a session is left, saves its work, and decides what the town is told.</summary>
sealed class SessionEnd(SessionTools tools, SessionWatch watch)
{
    public async Task RunAsync(LiveSession session, SessionRow row, Ending ending, CancellationToken ct)
    {
        using var span = SupervisorTelemetry.Spans.Start("end", row.TraceParent, row.WorkItemId, row.RigId, row.AgentId, row.Fence);
        var proof = await StopAsync(session, row, ending, ct);
        if (!proof.Clean) tools.Log.LogError("Session {Session}: processes {Survivors} could not be ended ({Steps})", row.Id, string.Join(", ", proof.Survivors), proof.Steps);
        var rig = await tools.Store.RigAsync(row.RigId, ct);
        session.Transcript.Cut((rig?.Settings.RuntimeOptions ?? new RuntimeOptions()).MaxOutputBytes);
        session.Transcript.Look();

        var repository = rig is null ? null : tools.Repositories.For(rig);
        var unsaved = await watch.CheckpointAsync(repository, row, ct);
        // Without a lease there is nothing to say to anybody.
        SessionReport? report = null;
        if (row.Phase != SessionPhase.Requested) (ending, report) = await DecideAsync(session, row, rig, repository, ending, ct);
        await tools.Store.ChangeAsync(row.Id, kept =>
        {
            kept.Go(report is null ? SessionPhase.Over : SessionPhase.Reporting, EndDecision.StateAfter(ending.Kind));
            (kept.ExitCode, kept.Report, kept.EndedAt, kept.StopProof) = (ending.ExitCode, report, tools.Clock.Now(), proof.Steps);
            kept.Reason = unsaved is null ? ending.Reason : $"{ending.Reason} Its unsaved work is only in {kept.Worktree}: {unsaved}";
            (kept.OutputBytes, kept.Progress, kept.LastProgressAt) = (session.Transcript.Length, session.Transcript.Progress ?? kept.Progress, session.LastProgressAt);
            return tools.Store.EndOf(kept, ending.Fault);
        }, ct);
        SupervisorTelemetry.Ended(row.RigId, EndDecision.StateAfter(ending.Kind));
    }

    /// <summary>An emergency stop does not wait for acceptance commands: what they would have shown is found out by the next attempt.</summary>
    async Task<(Ending, SessionReport)> DecideAsync(LiveSession session, SessionRow row, RigSnapshot? rig, RigRepository? repository, Ending ending, CancellationToken ct)
    {
        try
        {
            using var halting = CancellationTokenSource.CreateLinkedTokenSource(ct, session.Halting);
            return (ending, Decide(session, ending, await CollectAsync(session, row, rig, repository, ending, ct, halting.Token)));
        }
        catch (OperationCanceledException) when (session.Halting.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            ending = await session.StopRequested is { Kind: EndKind.Halted } why ? why : ending with { Kind = EndKind.Halted };
            return (ending, Decide(session, ending, await CollectAsync(session, row, rig, repository, ending, ct, ct)));
        }
    }

    static SessionReport Decide(LiveSession session, Ending ending, Evidence evidence) => session.Command is null ? EndDecision.Decide(ending, evidence)
        : RunDecision.Decide(ending, evidence, RunOutput.Find(session.Transcript.ReadEnd(session.Files.ReadBegin(), RunOutput.Searched)));

    async Task<StopProof> StopAsync(LiveSession session, SessionRow row, Ending ending, CancellationToken ct)
    {
        // A crash may have come between the start and the row that names the process; the mark finds it.
        var identity = row.Identity ?? AgentProcess.Unseen();
        // What a program left behind that ended by itself has nothing to finish, and a flood must not go on.
        var ladder = ending.Kind is EndKind.Exited or EndKind.OutputLimit ? StopLadder.Fast : tools.Options.Ladder;
        var (group, mark) = (new ProcessGroup(tools.Clock), ProcessMark.Session(row.Id.ToString()));
        using var halting = CancellationTokenSource.CreateLinkedTokenSource(ct, session.Halting);
        if (!halting.IsCancellationRequested)
        {
            try { return await group.StopAsync(identity, mark, ladder, halting.Token); }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested) { /* an emergency stop overtakes it */ }
        }
        return await group.StopAsync(identity, mark, StopLadder.Fast, ct);
    }

    async Task<Evidence> CollectAsync(LiveSession session, SessionRow row, RigSnapshot? rig, RigRepository? repository, Ending ending, CancellationToken ct, CancellationToken checking)
    {
        string? head = null, subject = null;
        var changed = false;
        if (repository is not null && row.Branch is { } branch)
        {
            try
            {
                head = await repository.TipAsync(branch, ct);
                changed = head is not null && await IsChangeAsync(session, row, rig!, repository, head, ct);
                if (changed) subject = await repository.SubjectAsync(head!, ct);
            }
            catch (GitException e) { tools.Log.LogWarning("Session {Session}: {Reason}", row.Id, e.Message); }
        }
        var result = session.Files.ReadResult();
        var versioned = repository is not null && row.Branch is not null;
        var (needsCommit, pushes) = (versioned && row.Merge is not (MergeStrategy.None or MergeStrategy.Local), versioned && row.Merge is MergeStrategy.Merge or MergeStrategy.Squash);
        var accepted = session.Accepted.IsCompleted;
        var checks = ending is { Kind: EndKind.Exited, ExitCode: 0 } && !accepted ? await CheckAsync(session, row, rig, checking) : [];
        return new(row.Branch, head, changed, subject, result, session.Transcript.ReadTail(), checks, needsCommit, pushes, accepted,
            session.Claim?.Handoff?.Reason?.StartsWith(EndDecision.WallTimePrefix, StringComparison.Ordinal) == true);
    }

    /// <summary>What a predecessor handed over counts as this session's work too; otherwise only what it added.</summary>
    static async Task<bool> IsChangeAsync(LiveSession session, SessionRow row, RigSnapshot rig, RigRepository repository, string head, CancellationToken ct) =>
        head != row.BaseCommit || (session.Claim?.Handoff is not null && rig.DefaultBranch is { } target && await repository.IsAheadOfAsync(target, head, ct));

    async Task<IReadOnlyList<AcceptanceResult>> CheckAsync(LiveSession session, SessionRow row, RigSnapshot? rig, CancellationToken ct)
    {
        var results = new List<AcceptanceResult>();
        foreach (var (index, criterion) in (session.Claim?.WorkItem.Acceptance ?? []).Index())
        {
            if (criterion.Command is not { Count: > 0 } command || row.Worktree is not { } worktree) continue;
            var run = await tools.Processes.RunAsync(new ProcessSpec(command[0], [.. command.Skip(1)])
            {
                WorkingDirectory = worktree,
                Environment = AgentEnvironment.Scrubbed(Environment.GetEnvironmentVariables().Keys.Cast<string>(), rig?.Settings.RuntimeOptions?.Env),
                Timeout = TimeSpan.FromSeconds(tools.Options.AcceptanceSeconds),
                MaxCapturedBytes = 8 * 1024,
                Mark = ProcessMark.Session(row.Id.ToString()),
            }, ct);
            var output = run.Reason ?? $"{run.StdOut}{run.StdErr}".Trim();
            results.Add(new(index, run.Ok ? 0 : run.ExitCode == 0 ? -1 : run.ExitCode, output.Length <= 4000 ? output : output[^4000..]));
        }
        return results;
    }
}
