using System.Globalization;
using ClaudeManage.Cli.Commands;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Worker;

/// <summary>
/// One program on one item under one lease: its environment, its lease kept, its whole process group ended when the lease is lost,
/// and the report at the end.
/// </summary>
sealed class LeasedRun(Invocation run, string? pushTo)
{
    public async Task<int> RunAsync(ClaimResult claim, IReadOnlyList<string> command, CancellationToken ct)
    {
        var files = Directory.CreateTempSubdirectory("cm-work-");
        try
        {
            var (promptFile, resultFile) = (Path.Combine(files.FullName, "prompt.md"), Path.Combine(files.FullName, "result.json"));
            var prompt = WorkerPrompt.Of(claim);
            await File.WriteAllTextAsync(promptFile, prompt, ct);
            var tree = new WorkingTree(run.Terminal.Directory);
            var before = await tree.HeadAsync(ct);

            using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var lost = new LeaseKeeper(run.Town, claim.Lease, claim.WorkItem.Id, run.Terminal.Clock).KeepAsync(over.Token);
            var environment = EnvironmentFor(claim, await TokenForAsync(claim, ct), promptFile, resultFile);
            var (exit, problem) = await ExecuteAsync(command, environment, prompt, lost, ct);
            var stopped = ct.IsCancellationRequested;
            if (exit is null && !stopped && problem is null)
            {
                var why = await lost;
                return run.Fail(ExitCodes.Conflict, "lease-lost", $"The lease of {claim.WorkItem.Id} is lost and the program was stopped. {why}");
            }
            try
            {
                if (stopped || problem is not null) return await GiveBackAsync(claim, problem ?? "stopped by Ctrl-C");
                return await ReportAsync(claim, exit!.Value, resultFile, tree, before, ct);
            }
            finally
            {
                await over.CancelAsync();
                await ((Task)lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally { files.Delete(recursive: true); }
    }

    // The exit code; null when it was stopped, or never started (then with the problem).
    async Task<(int? Exit, string? Problem)> ExecuteAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> environment, string prompt, Task lost, CancellationToken ct)
    {
        var spec = new ProcessSpec(command[0], [.. command.Skip(1)])
        {
            WorkingDirectory = run.Terminal.Directory,
            Environment = environment,
        };
        var gate = new SemaphoreSlim(1, 1);
        LongProcess process;
        try
        {
            process = LongProcess.Start(spec, async (stream, bytes) =>
            {
                await gate.WaitAsync(CancellationToken.None);
                try { await WriteAsync(stream, bytes); }
                finally { gate.Release(); }
            }, run.Terminal.Clock);
        }
        catch (ProcessStartException e) { return (null, $"{command[0]} cannot be started: {e.Message}"); }

        await using (process)
        {
            _ = FeedAsync(process, prompt, ct);
            var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = ct.Register(() => interrupted.TrySetResult());
            if (await Task.WhenAny(process.Exited, lost, interrupted.Task) == process.Exited) return ((await process.Exited).ExitCode, null);
            await process.StopAsync(ct: CancellationToken.None);
            return (null, null);
        }
    }

    static async Task FeedAsync(LongProcess process, string prompt, CancellationToken ct)
    {
        try { await process.WriteAsync(prompt, ct); }
        catch (Exception e) when (e is IOException or OperationCanceledException) { /* it does not read its input; the prompt is in the file too */ }
        process.CloseInput();
    }

    async Task WriteAsync(ProcessStream stream, ReadOnlyMemory<byte> bytes)
    {
        var target = stream == ProcessStream.Output && !run.Json ? run.Terminal.Out : run.Terminal.Error;
        await target.WriteAsync(System.Text.Encoding.UTF8.GetString(bytes.Span));
        await target.FlushAsync();
    }

    async Task<int> ReportAsync(ClaimResult claim, int exit, string resultFile, WorkingTree tree, string? before, CancellationToken ct)
    {
        var result = WorkerResult.Parse(File.Exists(resultFile) ? await File.ReadAllTextAsync(resultFile, ct) : "");
        var head = await tree.HeadAsync(ct);
        var commit = head is not null && head != before ? head : null;
        var lands = claim.Assignment.Merge is MergeStrategy.Merge or MergeStrategy.Squash or MergeStrategy.Direct;
        var queued = claim.Assignment.Merge is MergeStrategy.Merge or MergeStrategy.Squash;
        var branch = queued ? claim.Assignment.Branch : await tree.BranchAsync(ct);
        if (exit == 0 && commit is not null && pushTo is not null && queued && await tree.PushAsync(pushTo, commit, branch!, ct) is { } refused)
            return await GiveBackAsync(claim, $"the work could not be pushed to {pushTo}: {refused}");
        var checks = exit == 0 && (commit is not null || !lands) && claim.WorkItem.Acceptance.Any(a => a.Command is { Count: > 0 })
            ? await AcceptanceRun.RunAsync(claim.WorkItem.Acceptance, run.Terminal.Directory, run.Say, ct) : null;

        var report = WorkerReport.Decide(claim.Lease.Token, exit, result, lands, branch, commit, commit is null ? null : await tree.SubjectAsync(ct), checks);
        if (report.Handoff is { } handoff)
            return await run.ShowAsync(run.Town.HandOff(handoff), h => run.Screen.Line(new Output.Span(h.WorkItemId, "bold"), $" is handed over to {h.ToHookId}"), h => $"{h.Id}", ct);
        var code = await run.ShowAsync(run.Town.Done(claim.WorkItem.Id, report.Done!), done => CompletionCommands.Write(run.Screen, done), done => done.WorkItemId, ct);
        return exit == 0 && report.Done!.Outcome is not (Contracts.Hook.CompletionOutcome.Failed or Contracts.Hook.CompletionOutcome.Blocked) ? code : ExitCodes.Refused;
    }

    async Task<int> GiveBackAsync(ClaimResult claim, string reason)
    {
        try { await run.Town.Release(claim.Lease.Token, reason).SendAsync(CancellationToken.None); }
        catch (Exception e) when (e is TownProblemException or TownUnreachableException) { run.Say($"The lease could not be given back ({e.Message}); it ends by itself."); }
        return run.Fail(ExitCodes.Refused, "given-back", $"{claim.WorkItem.Id} is queued again: {reason}");
    }

    // The program acts as the worker and no further: an operator's own token stays here.
    async Task<string?> TokenForAsync(ClaimResult claim, CancellationToken ct)
    {
        if (claim.SessionToken is { } own) return own;
        try
        {
            var token = new CreateToken(claim.Assignment.AgentId ?? claim.Assignment.HookId, "agent", [claim.WorkItem.RigId], (int)TokenLifetime.TotalMinutes);
            return (await run.Town.CreateToken(token).SendAsync(ct)).Token;
        }
        catch (TownProblemException e) when (e.Status == 403) { return run.Location.Token; }     // it is a worker's token already
    }

    static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);

    Dictionary<string, string?> EnvironmentFor(ClaimResult claim, string? token, string promptFile, string resultFile) => new()
    {
        ["CM_URL"] = run.Location.Url.ToString().TrimEnd('/'),
        ["CM_TOKEN"] = token,
        ["CM_AGENT"] = claim.Assignment.AgentId ?? claim.Assignment.HookId,
        ["CM_RIG"] = claim.WorkItem.RigId,
        ["CM_WORK_ITEM"] = claim.WorkItem.Id,
        ["CM_LEASE"] = claim.Lease.Token,
        ["CM_BRANCH"] = claim.Assignment.Branch,
        ["CM_BASE"] = claim.Assignment.BaseBranch,
        ["CM_ATTEMPT"] = claim.Assignment.Attempt.ToString(CultureInfo.InvariantCulture),
        ["CM_FENCE"] = claim.Lease.Fence.ToString(CultureInfo.InvariantCulture),
        ["CM_PROMPT_FILE"] = promptFile,
        ["CM_RESULT_FILE"] = resultFile,
    };
}
