using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Town;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Supervisor.Running;

/// <summary>While the program runs: its output, its limits, its unsaved work, and everybody who wants it ended.</summary>
sealed class SessionWatch(SessionTools tools)
{
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(2);
    static readonly Task Never = new TaskCompletionSource().Task;

    /// <summary>How and why it is over, or shall be: the process may still run when this returns.</summary>
    public async Task<Ending> RunAsync(LiveSession session, SessionRow row, AgentProcess agent, CancellationToken ct)
    {
        var rig = await tools.Store.RigAsync(session.RigId, ct);
        var runtime = rig?.Settings.RuntimeOptions ?? new RuntimeOptions();
        var repository = rig is null ? null : tools.Repositories.For(rig);
        var longest = session.Command?.TimeoutSeconds ?? runtime.MaxWallSeconds;
        var nextSave = tools.Clock.GetUtcNow().AddSeconds(tools.Options.CheckpointSeconds);
        DateTimeOffset? lingerUntil = null;
        var leaseGone = false;
        session.Leader = agent.Identity.Pid;
        var work = Task.CompletedTask;      // one git at a time for this session
        try
        {
            while (true)
            {
                using (var tick = CancellationTokenSource.CreateLinkedTokenSource(ct))
                {
                    await Task.WhenAny(agent.Exited, session.StopRequested, Until(session.LeaseLost, leaseGone), Until(session.Accepted, lingerUntil is not null), Task.Delay(Tick, tools.Clock, tick.Token));
                    await tick.CancelAsync();
                }
                ct.ThrowIfCancellationRequested();
                var now = tools.Clock.Now();
                if (session.Transcript.Look())
                {
                    session.LastProgressAt = now;
                    session.RepeatsSince = session.Transcript.Repeats == 0 ? null : session.RepeatsSince ?? now;
                    session.News.Pulse();
                }
                // A command answers nobody and has a time limit of its own: while it lives, it does what it is there for.
                if (session.Command is not null) session.LastProgressAt = now;
                if (session.Transcript.Length > runtime.MaxOutputBytes) return new(EndKind.OutputLimit, $"It printed more than {runtime.MaxOutputBytes} bytes, the rig's limit for one session.");
                if (agent.Exited.IsCompleted) return Exited(await agent.Exited);
                if (session.StopRequested.IsCompleted) return await session.StopRequested;
                if (session.LeaseLost.IsCompleted && !leaseGone)
                {
                    leaseGone = true;
                    if (!await IsAcceptedAsync(session, ct)) return new(EndKind.LeaseLost, $"Its lease is lost: {await session.LeaseLost}.");
                    session.Accept();
                }
                if (session.Accepted.IsCompleted && lingerUntil is null)
                {
                    lingerUntil = now.AddSeconds(tools.Options.LingerSeconds);
                    // The merge queue is already looking for the commit.
                    work = ThenAsync(work, () => PushAsync(repository, row, ct));
                }
                if (now >= lingerUntil) return new(EndKind.Lingered, "Its work was accepted, and it went on running.");
                if (now - row.StartedAt > TimeSpan.FromSeconds(longest)) return new(EndKind.WallTime, $"{EndDecision.WallTimePrefix}: it ran longer than {longest} s");
                if (now >= nextSave && work.IsCompleted)
                {
                    nextSave = now.AddSeconds(tools.Options.CheckpointSeconds);
                    work = CheckpointAsync(repository, row, ct);
                }
            }
        }
        finally { await work; }
    }

    /// <summary>Saves what the origin lacks; never throws for what git says.</summary>
    public async Task<string?> CheckpointAsync(RigRepository? repository, SessionRow row, CancellationToken ct)
    {
        if (repository is null || row.Worktree is not { } worktree || row.Fence == 0) return null;
        try
        {
            var saved = await repository.CheckpointAsync(worktree, new CheckpointKey(row.WorkItemId, row.Fence), ct);
            foreach (var warning in saved.Warnings) tools.Log.LogWarning("Checkpoint of {Item}: {Warning}", row.WorkItemId, warning);
            if (saved is not { Saved: true, Ref: { } name, Commit: { } commit } || saved.Reason != "saved") return null;
            await tools.Store.PublishAsync(new CheckpointSaved(tools.Store.Header(row, CheckpointSaved.Type), row.ToSnapshot(), name, commit), ct);
            return null;
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            tools.Log.LogError("The work of session {Session} on {Item} in {Worktree} could not be saved: {Reason}", row.Id, row.WorkItemId, worktree, e.Message);
            return e.Message;
        }
    }

    async Task PushAsync(RigRepository? repository, SessionRow row, CancellationToken ct)
    {
        if (repository is null || row.Branch is not { } branch || row.Merge is not (MergeStrategy.Merge or MergeStrategy.Squash)) return;
        try
        {
            if (await repository.TipAsync(branch, ct) is not { } tip || tip == row.BaseCommit) return;
            var pushed = await repository.PushAsync(branch, tip, ct);
            if (!pushed.Landed) tools.Log.LogWarning("{Branch} is not at the origin yet: {Reason}", branch, pushed.Message);
        }
        catch (GitException e) { tools.Log.LogWarning("{Branch} is not at the origin yet: {Reason}", branch, e.Message); }
    }

    /// <summary>A lease also ends when the worker itself declared the item done: then it may finish what it is doing.</summary>
    async Task<bool> IsAcceptedAsync(LiveSession session, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(AskPatience);
        try
        {
            var assignment = await tools.Town.AssignmentAsync(session.AssignmentId, patience.Token);
            return assignment is { State: AssignmentState.Completed, Result: { } result } && result.Fence == session.Fence;
        }
        catch (Exception e) when (e is TownRefusedException or TownUnreachableException || e is OperationCanceledException && !ct.IsCancellationRequested) { return false; }
    }

    static async Task ThenAsync(Task first, Func<Task> next)
    {
        await first;
        await next();
    }

    static Ending Exited(int? code) => code switch
    {
        null => new(EndKind.Lost, "The agent and its wrapper died while no supervisor was watching."),
        > 128 and < 193 => new(EndKind.Exited, $"It was ended by signal {code - 128}.", code),
        _ => new(EndKind.Exited, $"Exit code {code}.", code),
    };

    // A task that is done and dealt with would wake the loop for ever.
    static Task Until(Task signal, bool handled) => handled ? Never : signal;
}
