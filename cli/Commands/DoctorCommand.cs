using System.CommandLine;
using ClaudeManage.Cli.Doctor;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm doctor</c>: named checks of this machine and the town; exit 1 when one fails.</summary>
static class DoctorCommand
{
    public static Command Make(CommandLine cli)
    {
        var offline = Symbols.Flag("--offline", "Only this machine; ask no town.");
        return cli.Verb("doctor", "Check this machine and the town, and say what to do.", [offline], async (run, ct) =>
        {
            var findings = new List<Finding>();
            void Add(Finding finding)
            {
                findings.Add(finding);
                if (!run.Json && (!run.Quiet || finding.Verdict == Verdict.Failed)) Write(run.Screen, finding);
            }
            var data = run.Finder.DataDirectory;
            Add(await MachineChecks.GitAsync(ct));
            Add(MachineChecks.DataDirectory(data));
            Add(MachineChecks.DiskSpace(data));
            Add(MachineChecks.TokenFile(data));
            if (!run.Get(offline)) await TownAsync(run, Add, ct);
            var failed = findings.Count(f => f.Verdict == Verdict.Failed);
            if (run.Json)
                run.PrintJson(new { ok = failed == 0, checks = findings.Select(f => new { f.Name, verdict = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(f.Verdict.ToString()), f.Looked, f.Found, f.Action }) });
            else if (!run.Quiet) run.Screen.Line(new Span(failed == 0 ? $"{findings.Count(f => f.Verdict == Verdict.Ok)} checks passed" : $"{Text.Count(failed, "check")} failed", failed == 0 ? "green" : "red"), $" of {findings.Count}");
            return failed == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        }, "cm doctor", "cm doctor --json | jq '.checks[] | select(.verdict == \"failed\")'");
    }

    static async Task TownAsync(Invocation run, Action<Finding> add, CancellationToken ct)
    {
        try
        {
            await run.Town.LiveAsync(ct);
            add(Finding.Ok("town", run.Location.Url.ToString(), $"answers (found by {run.Location.Source})"));
        }
        catch (Exception e) when (e is TownUnreachableException or TownProblemException or CommandFailedException)
        {
            add(Finding.Failed("town", run.Finder.DataDirectory, e.Message, "Start it with `cm up`, or name another with --url, --data or CM_URL."));
            return;
        }
        var checks = new TownChecks(run.Town, run.Terminal.Clock);
        await TryAsync("ready", async () => (await checks.ReadyAsync(ct)).ToList().ForEach(add));
        await TryAsync("clock", async () => add(await checks.ClockAsync(ct)));
        await TryAsync("trail", async () => add(await checks.TrailAsync(ct)));
        await TryAsync("replay", async () => add(await checks.ReplayAsync(ct)));
        await TryAsync("leases", async () => add(await checks.LeasesAsync(ct)));
        await TryAsync("dead letters", async () => add(await checks.DeadLettersAsync(ct)));
        await TryAsync("orphans", async () => add(await OrphanCheck.RunAsync(run.Town, "/proc", ct)));

        async Task TryAsync(string name, Func<Task> check)
        {
            try { await check(); }
            catch (TownProblemException e) when (e.Status is 401 or 403) { add(Finding.Failed(name, "the town's answer", e.Detail, "Use the overseer's token: CM_TOKEN, or --data of the town on this machine.")); }
            catch (Exception e) when (e is TownProblemException or TownUnreachableException) { add(Finding.Failed(name, "the town's answer", e.Message, "Look at the town's log.")); }
        }
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
