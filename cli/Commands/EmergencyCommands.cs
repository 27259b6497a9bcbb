using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>stop</c> and <c>start</c>: the emergency stop of a scope, and the way back.</summary>
static class EmergencyCommands
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public static IEnumerable<Command> All(CommandLine cli) => [Stop(cli), Start(cli), Stops(cli)];

    static Command Stop(CommandLine cli)
    {
        var (all, rig, convoy, reason) = Scopes("The whole town.");
        var wait = new Option<int>("--wait") { Description = "Seconds to wait for the proof that nothing of it runs (default 15).", HelpName = "N", DefaultValueFactory = _ => 15 };
        wait.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 0 or > 600) r.AddError("0 to 600 seconds."); });
        return cli.Verb("stop", "Emergency stop: every agent of the scope ends now and none starts until `cm start`. Its work is saved and queued.", [all, rig, convoy, reason, wait], async (run, ct) =>
        {
            var scope = await ScopeAsync(run, all, rig, convoy, ct);
            var began = run.Terminal.Clock.GetTimestamp();
            var stop = await run.Town.Stop(scope, run.Get(reason)).SendAsync(ct);
            var told = stop.Left;
            var left = await LeftAsync(run, scope, told, ct);
            while (left.Count > 0 && run.Terminal.Clock.GetElapsedTime(began).TotalSeconds < run.Get(wait))
            {
                await Task.Delay(Look, run.Terminal.Clock, ct);
                left = await LeftAsync(run, scope, told, ct);
            }
            var seconds = Math.Round(run.Terminal.Clock.GetElapsedTime(began).TotalSeconds, 1);
            if (run.Json) run.PrintJson(new { scope, seconds, clear = left.Count == 0, told = told.Count, left });
            else if (!run.Quiet) Write(run, scope, told.Count, seconds, left);
            return left.Count == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        }, "cm stop --all --reason \"wrong credentials\"", "cm stop --rig shop", "cm stop --convoy hq-cv-x7k2m");
    }

    static Command Start(CommandLine cli)
    {
        var (all, rig, convoy, reason) = Scopes("The stop of the whole town; stops of rigs and convoys stay.");
        return cli.Verb("start", "Lift an emergency stop: what is queued in its scope goes on where it stood.", [all, rig, convoy, reason], async (run, ct) =>
        {
            var scope = await ScopeAsync(run, all, rig, convoy, ct);
            return await run.ShowAsync(run.Town.LiftStop(scope, run.Get(reason)), page =>
            {
                run.Screen.Line(new Span(scope, "bold"), " may start again");
                foreach (var other in page.Items) run.Screen.Line(new Span($"still stopped: {other.Scope}, by {other.By}", "yellow"));
            }, _ => scope, ct);
        }, "cm start --all", "cm start --rig shop", "cm start --convoy hq-cv-x7k2m");
    }

    static Command Stops(CommandLine cli) => cli.Verb("stops", "Emergency stops in force, and what of their scope somebody still has.", [], (run, ct) => run.ShowAsync(run.Town.Stops(), page =>
    {
        if (page.Items.Count == 0) run.Say("Nothing is stopped.");
        foreach (var s in page.Items)
        {
            run.Screen.Line(new Span(s.Scope, "bold"), $"  since {Text.Age(run.Now - s.At)}, by {s.By}{(s.Reason is null ? "" : $": {Text.Line(s.Reason)}")}");
            foreach (var held in s.Left) run.Screen.Line(new Span($"  still out: {held.WorkItemId} with {held.AgentId} on {held.NodeId ?? "no node"}", "red"));
        }
    }, page => string.Join('\n', page.Items.Select(s => s.Scope)), ct), "cm stops");

    static (Option<bool> All, Option<string?> Rig, Option<string?> Convoy, Option<string?> Reason) Scopes(string everything) =>
        (Symbols.Flag("--all", everything), Symbols.Rig("One rig."), Symbols.Value("--convoy", "CONVOY", "One convoy, in whatever rigs."), Symbols.Reason());

    /// <summary>Exactly one, and named: nobody stops a town by leaving a word out.</summary>
    static async Task<string> ScopeAsync(Invocation run, Option<bool> all, Option<string?> rig, Option<string?> convoy, CancellationToken ct)
    {
        if ((run.Get(all) ? 1 : 0) + (run.Get(rig) is null ? 0 : 1) + (run.Get(convoy) is null ? 0 : 1) != 1)
            throw new CommandFailedException(ExitCodes.Usage, "Say which: --all, --rig RIG or --convoy CONVOY, and only one of them.");
        if (run.Get(convoy) is { } id)
        {
            await run.Town.Convoy(id).SendAsync(ct);      // a mistyped id would stop nothing and say so to nobody
            return StopScope.Convoy(id);
        }
        return run.Get(rig) is { } name ? StopScope.Rig(name) : StopScope.Town;
    }

    /// <summary>By the ledger and by the nodes: a lease that was taken back says nothing about its process.</summary>
    static async Task<IReadOnlyList<string>> LeftAsync(Invocation run, string scope, IReadOnlyList<HeldWork> told, CancellationToken ct)
    {
        var stop = (await run.Town.Stops().SendAsync(ct)).Items.FirstOrDefault(s => s.Scope == scope);
        var left = (stop?.Left ?? []).Select(h => $"{h.WorkItemId} with {h.AgentId} on {h.NodeId ?? "no node"}").ToList();
        var live = (await run.Town.Sessions(rig: StopScope.RigOf(scope), live: true, limit: 500).SendAsync(ct)).Items;
        var ids = told.Select(t => t.SessionId).ToHashSet();
        left.AddRange(live.Where(s => StopScope.ConvoyOf(scope) is null || ids.Contains(s.Id)).Select(s => $"session {s.Id} of {s.AgentId} on {s.NodeId} is {Text.Wire(s.State)}"));
        return left;
    }

    static void Write(Invocation run, string scope, int told, double seconds, IReadOnlyList<string> left)
    {
        run.Screen.Line(new Span(scope, "bold"), left.Count == 0 ? $" is stopped: {Text.Count(told, "agent")} ended, nothing runs after {seconds:0.0} s" : $" is stopped, and after {seconds:0.0} s this is still there:");
        foreach (var one in left) run.Screen.Line(new Span($"  {one}", "red"));
        if (left.Count > 0) run.Screen.Line("  `cm stops` looks again; on the node itself `cm doctor` names processes of sessions that are over");
        run.Screen.Line($"  nothing of it starts until `cm start {(StopScope.RigOf(scope) is { } rig ? $"--rig {rig}" : StopScope.ConvoyOf(scope) is { } convoy ? $"--convoy {convoy}" : "--all")}`");
    }
}
