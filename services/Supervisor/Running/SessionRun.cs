using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Messaging;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Town;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// One session from wherever its row stands to its end. A fresh start, an adoption after a crash and a second try after
/// a fault of our own are the same thing: look at the row, do the next step.
/// </summary>
sealed class SessionRun(SessionTools tools)
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    readonly SessionStart _start = new(tools);
    readonly SessionWatch _watch = new(tools);
    readonly SessionReporting _reporting = new(tools);

    /// <param name="turn">Its agent is free for it; given back at the end.</param>
    /// <param name="ct">Leaves everything as it is; the next start of the supervisor goes on.</param>
    public async Task RunAsync(LiveSession session, Task<IDisposable> turn, CancellationToken ct)
    {
        using var scope = tools.Log.BeginScope(new LogScope(session.AgentId, session.WorkItemId));
        using var agent = await turn;
        var end = new SessionEnd(tools, _watch);
        AgentProcess? process = null;
        var pause = TimeSpan.FromSeconds(1);
        while (true)
        {
            try
            {
                var row = await tools.Store.GetAsync(session.Id, ct);
                switch (row.Phase)
                {
                    case SessionPhase.Requested:
                        (process, var failure) = await StartAsync(session, ct);
                        if (failure is not null) await end.RunAsync(session, await tools.Store.GetAsync(session.Id, ct), failure, ct);
                        break;
                    case SessionPhase.Preparing:
                        await end.RunAsync(session, row, new(EndKind.NotStarted, "Its supervisor was restarted while it prepared the start.", Fault: StartFault.Town), ct);
                        break;
                    case SessionPhase.Running:
                        process ??= AgentProcess.Adopt(row.Identity ?? default, session.Files, tools.Clock, ct);
                        await end.RunAsync(session, row, await _watch.RunAsync(session, row, process, ct), ct);
                        break;
                    case SessionPhase.Reporting:
                        await _reporting.RunAsync(session, row, ct);
                        break;
                    case SessionPhase.Over:
                        return;
                }
                session.News.Pulse();
                pause = TimeSpan.FromSeconds(1);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                tools.Log.LogError(e, "Session {Session} on {Item}: a step failed and is tried again in {Pause}", session.Id, session.WorkItemId, pause);
                await Task.Delay(pause, tools.Clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (ct.IsCancellationRequested) return;
                pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
            }
        }
    }

    async Task<(AgentProcess? Process, Ending? Failure)> StartAsync(LiveSession session, CancellationToken ct)
    {
        using var span = SupervisorTelemetry.Spans.Start("spawn", session.TraceParent, session.WorkItemId, session.RigId, session.AgentId);
        using var preparing = CancellationTokenSource.CreateLinkedTokenSource(ct, session.Stopping);
        try
        {
            var process = await _start.RunAsync(session, preparing.Token, ct);
            span?.SetTag("fence", session.Fence);
            tools.Log.LogInformation("Session {Session} of {Agent} runs on {Item}", session.Id, session.AgentId, session.WorkItemId);
            return (process, null);
        }
        catch (OperationCanceledException) when (session.Stopping.IsCancellationRequested && !ct.IsCancellationRequested) { return (null, await session.StopRequested); }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { throw; }
        catch (SessionNotStartedException e) { return (null, new Ending(EndKind.NotStarted, e.Message, Fault: e.Fault)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or TownRefusedException or TownUnreachableException)
        {
            return (null, new Ending(EndKind.NotStarted, $"The session could not be prepared: {e.Message}", Fault: e is TownRefusedException or TownUnreachableException ? StartFault.Town : StartFault.Rig));
        }
    }
}
