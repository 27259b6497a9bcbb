using System.CommandLine;
using ClaudeManage.Cli.Doctor;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm doctor</c>: named checks of this machine and the town, with what can be repaired; exit 1 when one fails.</summary>
static class DoctorCommand
{
    public static Command Make(CommandLine cli)
    {
        var offline = Symbols.Flag("--offline", "Only this machine; ask no town.");
        var fix = Symbols.Flag("--fix", "Repair what can be repaired, and check again.");
        var dryRun = Symbols.Flag("--dry-run", "Say what --fix would do, and do nothing.");
        var undo = Symbols.Flag("--undo", "Take back what the last --fix did, as far as that can be.");
        return cli.Verb("doctor", "Check this machine and the town, say what to do, and repair what can be repaired.", [offline, fix, dryRun, undo], async (run, ct) =>
        {
            if ((run.Get(fix) ? 1 : 0) + (run.Get(dryRun) ? 1 : 0) + (run.Get(undo) ? 1 : 0) > 1) throw new CommandFailedException(ExitCodes.Usage, "Say one of --fix, --dry-run and --undo.");
            var log = new UndoLog(run.Finder.DataDirectory, run.Terminal.Clock);
            if (run.Get(undo)) return TakeBack(run, log);
            var results = new List<(Check Check, IReadOnlyList<Finding> Findings)>();
            foreach (var check in Machine(run, log)) results.Add((check, await LookAsync(run, check, ct)));
            if (!run.Get(offline) && await ReachAsync(run, results, ct))
                foreach (var check in Town(run)) results.Add((check, await LookAsync(run, check, ct)));
            var repairs = run.Get(fix) || run.Get(dryRun) ? await RepairAsync(run, log, results, run.Get(dryRun), ct) : [];
            return Conclude(run, [.. results.SelectMany(r => r.Findings)], repairs);
        }, "cm doctor", "cm doctor --dry-run", "cm doctor --fix", "cm doctor --undo", "cm doctor --json | jq '.checks[] | select(.verdict == \"failed\")'");
    }

    static IReadOnlyList<Check> Machine(Invocation run, UndoLog log)
    {
        var data = run.Finder.DataDirectory;
        var repositories = new RepositoryChecks(data, log, run.Terminal.Clock);
        return
        [
            Check.Of("git", MachineChecks.GitAsync), Check.Of("data directory", () => MachineChecks.DataDirectory(data)), Check.Of("disk space", () => MachineChecks.DiskSpace(data)),
            Check.Of("token file", () => MachineChecks.TokenFile(data)), Check.Of("config", () => MachineChecks.Config(Settings.Read(run.Terminal))),
            Check.Of("leftovers", () => MachineChecks.Leftovers(data, new TownProcess(data, run.Terminal.Clock).IsRunning, log)),
            new("mirrors", repositories.MirrorsAsync), new("worktrees", repositories.WorktreesAsync),
        ];
    }

    static IReadOnlyList<Check> Town(Invocation run)
    {
        var checks = new TownChecks(run.Town, run.Terminal.Clock);
        return
        [
            new("ready", checks.ReadyAsync), Check.Of("clock", checks.ClockAsync), Check.Of("trail", checks.TrailAsync), Check.Of("replay", checks.ReplayAsync), Check.Of("leases", checks.LeasesAsync),
            Check.Of("heartbeats", checks.HeartbeatsAsync), Check.Of("dead letters", checks.DeadLettersAsync), Check.Of("orphans", ct => OrphanCheck.RunAsync(run.Town, "/proc", ct)),
        ];
    }

    static async Task<bool> ReachAsync(Invocation run, List<(Check, IReadOnlyList<Finding>)> results, CancellationToken ct)
    {
        var town = Check.Of("town", async token =>
        {
            try
            {
                await run.Town.LiveAsync(token);
                return Finding.Ok("town", run.Location.Url.ToString(), $"answers (found by {run.Location.Source})");
            }
            catch (Exception e) when (e is TownUnreachableException or TownProblemException or CommandFailedException)
            {
                return Finding.Failed("town", run.Finder.DataDirectory, e.Message, "Start it with `cm up`, or name another with --url, --data or CM_URL.");
            }
        });
        var found = await LookAsync(run, town, ct);
        results.Add((town, found));
        return found[0].Verdict == Verdict.Ok;
    }

    static async Task<IReadOnlyList<Finding>> LookAsync(Invocation run, Check check, CancellationToken ct)
    {
        IReadOnlyList<Finding> findings;
        try { findings = await check.RunAsync(ct); }
        catch (TownProblemException e) when (e.Status is 401 or 403) { findings = [Finding.Failed(check.Name, "the town's answer", e.Detail, "Use the overseer's token: CM_TOKEN, or --data of the town on this machine.")]; }
        catch (Exception e) when (e is TownProblemException or TownUnreachableException) { findings = [Finding.Failed(check.Name, "the town's answer", e.Message, "Look at the town's log.")]; }
        foreach (var finding in findings)
            if (!run.Json && (!run.Quiet || finding.Verdict == Verdict.Failed)) Write(run.Screen, finding);
        return findings;
    }

    /// <summary>Repairs, one after the other; what was repaired is looked at again. One that fails changes nothing of the others.</summary>
    static async Task<IReadOnlyList<object>> RepairAsync(Invocation run, UndoLog log, List<(Check Check, IReadOnlyList<Finding> Findings)> results, bool dry, CancellationToken ct)
    {
        var (said, done) = (new List<object>(), new List<FixDone>());
        try
        {
            for (var i = 0; i < results.Count; i++)
            {
                var (check, findings) = results[i];
                var fixes = findings.Where(f => f.Fix is not null).Select(f => f.Fix!).ToList();
                foreach (var fix in fixes)
                {
                    string? error = null;
                    if (!dry)
                        try { done.Add(new(check.Name, fix.Will, await fix.RunAsync(ct))); }
                        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TownProblemException or TownUnreachableException) { error = e.Message; }
                    said.Add(new { check = check.Name, will = fix.Will, done = !dry && error is null, undo = fix.CanUndo, error });
                    if (!run.Json) run.Screen.Line(new Span(error is not null ? "FAIL" : dry ? "would" : "done ", error is not null ? "red" : "green"), $"  {check.Name}: {fix.Will}{(error is not null ? $": {error}" : fix.CanUndo ? "" : " (cannot be taken back)")}");
                }
                if (!dry && fixes.Count > 0) results[i] = (check, await LookAsync(run, check, ct));
            }
        }
        finally
        {
            if (done.Count > 0) log.Keep(done);
        }
        if (said.Count == 0 && !run.Json) run.Say(dry ? "--fix would do nothing." : "Nothing here can be repaired by itself.");
        return said;
    }

    static int TakeBack(Invocation run, UndoLog log)
    {
        if (log.TakeBack() is not { } said) return run.Fail(ExitCodes.NotFound, "not-found", "There is nothing to take back: no --fix has changed anything here since the last --undo.");
        if (run.Json) run.PrintJson(new { undone = said });
        else foreach (var line in said) run.Say(line);
        return ExitCodes.Ok;
    }

    static int Conclude(Invocation run, IReadOnlyList<Finding> findings, IReadOnlyList<object> repairs)
    {
        var failed = findings.Count(f => f.Verdict == Verdict.Failed);
        if (run.Json)
            run.PrintJson(new { ok = failed == 0, checks = findings.Select(f => new { f.Name, verdict = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(f.Verdict.ToString()), f.Looked, f.Found, f.Action, fix = f.Fix?.Will, undo = f.Fix?.CanUndo }), repairs });
        else if (!run.Quiet)
            run.Screen.Line(new Span(failed == 0 ? $"{findings.Count(f => f.Verdict == Verdict.Ok)} checks passed" : $"{Text.Count(failed, "check")} failed", failed == 0 ? "green" : "red"), $" of {findings.Count}");
        return failed == 0 ? ExitCodes.Ok : ExitCodes.Refused;
    }

    static void Write(Screen screen, Finding f)
    {
        var (mark, style) = f.Verdict switch
        {
            Verdict.Ok => ("ok  ", "green"),
            Verdict.Warning => ("note", "yellow"),
            Verdict.Failed => ("FAIL", "red"),
            _ => ("-   ", "grey"),
        };
        screen.Line(new Span(mark, style), $"  {f.Name,-26}", Text.Line(f.Found));
        if (f.Verdict is Verdict.Ok or Verdict.NotChecked) return;
        screen.Line(new Span($"      looked at {f.Looked}", "grey"));
        screen.Line($"      → {f.Action}");
    }
}
