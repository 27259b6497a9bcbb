using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Domain;
using ClaudeManage.Supervisor.Town;

namespace ClaudeManage.Supervisor.Running;

/// <summary>From the command to the running program: lease, worktree, setup, renewal, start.</summary>
sealed class SessionStart(SessionTools tools)
{
    static readonly TimeSpan ClaimRetry = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(20);

    /// <param name="ct">Gives the preparations up.</param>
    /// <param name="watching">Ends the watching of the started program.</param>
    /// <exception cref="SessionNotStartedException">With the reason; a lease that was taken is in the session then.</exception>
    public async Task<AgentProcess> RunAsync(LiveSession session, CancellationToken ct, CancellationToken watching)
    {
        var rig = await tools.Rigs.FindAsync(session.RigId, ct) ?? throw new SessionNotStartedException($"This node has not heard of the rig {session.RigId} yet.", fault: StartFault.Town);
        var runtime = rig.Settings.RuntimeOptions ?? new RuntimeOptions();
        if (rig.Settings.Runtime != "command") throw new SessionNotStartedException($"The rig's runtime is '{rig.Settings.Runtime}'; this node has only 'command'.");

        var claim = await ClaimAsync(session, ct);
        (session.Claim, session.Fence) = (claim, claim.Lease.Fence);
        await KeepAsync(session, claim, ct);
        tools.Leases.Hold(session, claim.Lease);
        await tools.Store.ChangeAsync(session.Id, row =>
        {
            row.Go(SessionPhase.Preparing, SessionState.Preparing);
            (row.Fence, row.ConvoyId, row.Merge) = (claim.Lease.Fence, claim.Assignment.ConvoyId, claim.Assignment.Merge);
            return null;
        }, ct);
        var run = claim.Assignment.Run;
        if ((run?.Command ?? runtime.Command) is not { Count: > 0 } command) throw new SessionNotStartedException($"The rig {rig.Id} names no command: set settings.runtimeOptions.command.");

        var (directory, setting) = await PrepareDirectoryAsync(session, rig, claim, ct);
        var inherited = Environment.GetEnvironmentVariables().Keys.Cast<string>();
        var environment = AgentEnvironment.For(setting, claim, inherited, runtime.Env);
        // A step's command is told nothing: what a work item says is for agents.
        await File.WriteAllTextAsync(session.Files.Prompt, run is null ? AgentPrompt.Compose(claim, session.AgentId, setting.Target) : "", ct);
        if (runtime.Setup is { Count: > 0 } setup && !directory.Reused) await SetUpAsync(session, directory.Path, setup, environment, ct);

        // A lease that ran out while the worktree was made: the work may be somebody else's by now.
        if (!await tools.Leases.RenewNowAsync(claim.Lease.Token, ct)) throw new SessionNotStartedException("The lease was lost before the agent could start.", fault: StartFault.Town);
        if (run is not null) session.Files.MarkBegin();
        return await LaunchAsync(session, directory.Path, command, environment, mustExist: run is null, ct, watching);
    }

    async Task<ClaimResult> ClaimAsync(LiveSession session, CancellationToken ct)
    {
        var since = tools.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await tools.Town.ClaimAsync(session.AgentId, session.AssignmentId, session.Id, ct)
                    ?? throw new SessionNotStartedException("The assignment is not to be claimed any more.", fault: StartFault.Town);
            }
            catch (TownRefusedException e) { throw new SessionNotStartedException($"The claim was refused: {e.Message}", e, StartFault.Town); }
            catch (TownUnreachableException e) when (tools.Clock.GetElapsedTime(since) > ClaimPatience)
            {
                throw new SessionNotStartedException($"The town did not answer the claim: {e.Message}", e, StartFault.Town);
            }
            catch (TownUnreachableException) { await Task.Delay(ClaimRetry, tools.Clock, ct); }
        }
    }

    async Task KeepAsync(LiveSession session, ClaimResult claim, CancellationToken ct)
    {
        try
        {
            session.Files.Create();
            session.Files.SaveClaim(claim);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that takes no file takes no session either; the lease goes back now, not when it runs out.
            await tools.Town.ReleaseAsync(new(claim.Lease.Token, e.Message), ct);
            throw new SessionNotStartedException($"The session's files cannot be written: {e.Message}", e);
        }
    }

    async Task<((string Path, bool Reused) Directory, AgentSetting Setting)> PrepareDirectoryAsync(LiveSession session, RigSnapshot rig, ClaimResult claim, CancellationToken ct)
    {
        var files = session.Files;
        var setting = new AgentSetting(session.Id, session.AgentId, (await tools.Address.GetAsync(ct)).ToString().TrimEnd('/'), null, null, null, rig.DefaultBranch,
            files.Prompt, files.Result, tools.Bin.Directory, Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin", TraceContext.Current, files.Nudges);
        (string Path, bool Reused) directory;
        if (tools.Repositories.For(rig) is { } repository)
        {
            var key = new CheckpointKey(claim.WorkItem.Id, claim.Lease.Fence);
            var from = claim.Assignment.BaseBranch ?? rig.DefaultBranch ?? throw new SessionNotStartedException($"The rig {rig.Id} has no default branch: its repository was empty. Push a commit, then set defaultBranch.");
            try
            {
                var (worktree, baseCommit) = await repository.PrepareAsync(session.AgentId, key, from, ct);
                directory = (worktree.Path, worktree.Reused);
                setting = setting with { Branch = worktree.Branch, Base = from, BaseCommit = baseCommit };
            }
            catch (GitException e) { throw new SessionNotStartedException($"The worktree could not be made: {e.Message}", e); }
        }
        else
        {
            var path = tools.Repositories.PlainDirectory(rig.Id, session.AgentId);
            directory = (path, Directory.EnumerateFileSystemEntries(path).Any());
        }
        await tools.Store.ChangeAsync(session.Id, row => (row.Worktree, row.Branch, row.BaseCommit) = (directory.Path, setting.Branch, setting.BaseCommit), ct);
        return (directory, setting);
    }

    async Task SetUpAsync(LiveSession session, string directory, IReadOnlyList<string> setup, IReadOnlyDictionary<string, string?> environment, CancellationToken ct)
    {
        var result = await tools.Processes.RunAsync(new ProcessSpec(setup[0], [.. setup.Skip(1)])
        {
            WorkingDirectory = directory,
            Environment = environment,
            Mark = ProcessMark.Session(session.Id.ToString()),
            Timeout = TimeSpan.FromSeconds(tools.Options.SetupSeconds),
            OutputFile = session.Files.Transcript,
            MaxCapturedBytes = 16 * 1024,
        }, ct);
        if (!result.Ok)
            throw new SessionNotStartedException($"The setup command {setup[0]} failed ({result.Reason ?? $"exit code {result.ExitCode}"}): {Last(result.StdErr is { Length: > 0 } e ? e : result.StdOut)}");
    }

    async Task<AgentProcess> LaunchAsync(
        LiveSession session, string directory, IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> environment, bool mustExist, CancellationToken ct, CancellationToken watching)
    {
        ct.ThrowIfCancellationRequested();
        AgentProcess agent;
        try { agent = AgentProcess.Start(session.Files, directory, command, environment, ProcessMark.Session(session.Id.ToString()), mustExist, tools.Clock, watching); }
        catch (ProcessStartException e) { throw new SessionNotStartedException($"The agent could not be started: {e.Message}", e); }
        var now = tools.Clock.Now();
        session.LastProgressAt = now;
        // From here on the process exists: it is put on record whatever else happens.
        await tools.Store.ChangeAsync(session.Id, row =>
        {
            row.Go(SessionPhase.Running, SessionState.Running);
            (row.Process, row.StartedAt) = (agent.Identity.ToString(), now);
            return new SessionStarted(tools.Store.Header(row, SessionStarted.Type), row.ToSnapshot());
        }, watching);
        return agent;
    }

    static string Last(string text) => text.Length <= 2000 ? text.Trim() : "…" + text[^2000..].Trim();
}
