using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>scheduler status</c>, <c>scheduler pause</c>, <c>scheduler resume</c>: who gets the next slot. What runs is not touched.</summary>
static class SchedulerCommands
{
    public static Command Make(CommandLine cli) => CommandLine.Group("scheduler", "Who gets the next slot, and what waits for what.",
        cli.Verb("status", "Slots, rigs, nodes, and why each assignment waits.", [], (run, ct) => run.ShowAsync(run.Town.Scheduler(), s => Write(run, s), s => $"{s.Running}/{s.MaxWorkers}", ct), "cm scheduler status"),
        Pause(cli), Resume(cli));

    static Command Pause(CommandLine cli)
    {
        var (scope, reason) = (Scope(), Symbols.Reason());
        return cli.Verb("pause", "Start nothing new; what runs goes on (`cm stop` would end it).", [scope, reason],
            (run, ct) => run.ShowAsync(run.Town.PauseScheduler(run.Get(scope), run.Get(reason)), s => Write(run, s), s => $"{s.Running}/{s.MaxWorkers}", ct), "cm scheduler pause", "cm scheduler pause rig:shop --reason \"repository moves\"");
    }

    static Command Resume(CommandLine cli)
    {
        var scope = Scope();
        return cli.Verb("resume", "Start again; of a rig this also closes the circuit that failed starts opened.", [scope],
            (run, ct) => run.ShowAsync(run.Town.ResumeScheduler(run.Get(scope)), s => Write(run, s), s => $"{s.Running}/{s.MaxWorkers}", ct), "cm scheduler resume", "cm scheduler resume rig:shop");
    }

    static Argument<string> Scope() => new("scope") { Description = "town (default), or rig:RIG.", DefaultValueFactory = _ => "town" };

    static void Write(Invocation run, SchedulerStatus s)
    {
        run.Screen.Line(new Span($"{s.Running} of {s.MaxWorkers}", "bold"), $" workers at once, {s.StartsLeft} of {s.StartsPerMinute} starts left this minute");
        foreach (var p in s.Paused) run.Screen.Line(new Span($"  paused      {p.Scope}, by {p.By}{(p.Reason is null ? "" : $": {Text.Line(p.Reason)}")}", "yellow"));
        foreach (var c in s.Circuits) run.Screen.Line(new Span($"  circuit     {c.RigId}: {c.Failures} failed starts in a row ({Text.Line(c.Reason ?? "no reason")}); cm scheduler resume rig:{c.RigId}", "red"));
        foreach (var n in s.Nodes) run.Screen.Line($"  node        {n.NodeId}: {n.Used} of {n.Slots} slots{(n.Draining ? ", draining" : "")}, heard {Text.Age(run.Now - n.LastSeenAt)} ago");
        foreach (var r in s.Rigs) run.Screen.Line($"  rig         {r.RigId}: {r.Running} of {r.MaxWorkers}, {r.Waiting} waiting{(r.Closed is null ? "" : $"; {r.Closed}")}");
        foreach (var w in s.Waiting) run.Screen.Line($"  waiting     {w.WorkItemId}: {w.Reason}");
    }
}
