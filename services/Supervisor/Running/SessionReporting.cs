using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Git;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Town;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Supervisor.Running;

/// <summary>Tells the town how a session ended, however long that takes. What is to be told is in the row, so a restart goes on with it.</summary>
sealed class SessionReporting(SessionTools tools)
{
    static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    public async Task RunAsync(LiveSession session, SessionRow row, CancellationToken ct)
    {
        using var span = SupervisorTelemetry.Spans.Start("report", row.TraceParent, row.WorkItemId, row.RigId, row.AgentId, row.Fence);
        var report = row.Report ?? new SessionReport();
        string? note = null;
        var since = tools.Clock.GetTimestamp();
        for (var wait = FirstWait; ; wait = wait * 2 > LongestWait ? LongestWait : wait * 2)
        {
            try
            {
                if (await PushAsync(row, report, ct) is { Landed: false } push)
                {
                    if (push.Outcome is PushOutcome.Failed or PushOutcome.Stale && tools.Clock.GetElapsedTime(since) < TimeSpan.FromSeconds(tools.Options.PushSeconds))
                        throw new TownUnreachableException($"the branch is not at the origin: {push.Message}");
                    report = Failed(report, $"The branch {report.Branch} could not be pushed: {push.Message}");
                }
                note = await SendAsync(session, row, report, ct);
                break;
            }
            catch (TownRefusedException e) when (e.Status is 400 or 422 && report.Done is { Outcome: CompletionOutcome.Completed or CompletionOutcome.NoChange })
            {
                // The town wants evidence the worker did not leave: the attempt has failed, with the town's reason as feedback.
                report = Failed(report, e.Message);
            }
            catch (TownRefusedException e)
            {
                note = $"The town did not take its end: {e.Message}";
                break;
            }
            catch (TownUnreachableException e)
            {
                tools.Log.LogWarning("The end of session {Session} on {Item} cannot be reported yet: {Reason}", row.Id, row.WorkItemId, e.Message);
                await Task.Delay(wait, tools.Clock, ct);
            }
        }
        tools.Leases.LetGo(row.Id);
        await tools.Store.ChangeAsync(row.Id, kept =>
        {
            kept.Go(SessionPhase.Over, kept.State);
            if (note is not null) kept.Reason = $"{kept.Reason} {note}".Trim();
            return null;
        }, ct);
        session.Files.ForgetClaim();
    }

    async Task<PushResult?> PushAsync(SessionRow row, SessionReport report, CancellationToken ct)
    {
        if (report is not { Branch: { } branch, Push: { } commit } || await tools.Store.RigAsync(row.RigId, ct) is not { } rig || tools.Repositories.For(rig) is not { } repository) return null;
        try { return await repository.PushAsync(branch, commit, ct); }
        catch (GitException e) { return new(PushOutcome.Failed, e.Message); }
    }

    async Task<string?> SendAsync(LiveSession session, SessionRow row, SessionReport report, CancellationToken ct)
    {
        if (report is { Done: null, Handoff: null, Release: null }) return null;
        if ((session.Claim ??= session.Files.ReadClaim())?.Lease.Token is not { } token) return "Its lease's token is gone, so the town was not told.";
        if (report.Done is { } done) await tools.Town.DoneAsync(row.WorkItemId, done with { LeaseToken = token }, ct);
        else if (report.Handoff is { } handoff) await tools.Town.HandoffAsync(handoff with { LeaseToken = token }, ct);
        else await tools.Town.ReleaseAsync(report.Release! with { Token = token }, ct);
        return null;
    }

    static SessionReport Failed(SessionReport report, string reason) => new(Done: new(
        null, CompletionOutcome.Failed, report.Done?.Summary, reason, null, null, report.Done?.Artifacts, report.Done?.Usage));
}
