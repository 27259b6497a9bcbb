using System.CommandLine;
using System.Text.Json.Nodes;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm status</c>: the whole town on one screen, and what needs a person.</summary>
static class StatusCommand
{
    public static Command Make(CommandLine cli) => cli.Verb("status", "The town on one screen: rigs, agents at work, queues, and what needs a person.", [], async (run, ct) =>
    {
        var ready = await run.Town.ReadyAsync(ct);
        var picture = await TownPicture.ReadAsync(run.Town, ct);
        if (run.Json) run.PrintJson(ToJson(run, ready, picture));
        else if (!run.Quiet) Write(run, ready, picture);
        return ready.Status == "unhealthy" ? ExitCodes.Refused : ExitCodes.Ok;
    }, "cm status", "watch -n 2 cm status", "cm status --json | jq '.incidents[].what'");

    static void Write(Invocation run, ReadyReport ready, TownPicture p)
    {
        var screen = run.Screen;
        screen.Line(new Span("town  ", "grey"), new Span(run.Location.Url.ToString().TrimEnd('/'), "bold"), "  ", Health(ready), $"  {p.Scheduler.Running} of {p.Scheduler.MaxWorkers} workers");
        foreach (var (name, check) in ready.Checks.Where(c => c.Value.Status != "healthy")) screen.Line(new Span($"      {name}: {Text.Line(check.Detail)}", "red"));
        if (p.Rigs.Count == 0)
        {
            screen.Line();
            screen.Line("No rigs yet. Add a project: cm rig add NAME PATH");
            return;
        }
        WriteRigs(screen, p);
        WriteAgents(run, p);
        WritePeople(run, p);
    }

    static Span Health(ReadyReport ready) => ready.Status == "healthy" ? new("ready", "green") : new(ready.Status, "red");

    static void WriteRigs(Screen screen, TownPicture p)
    {
        screen.Line();
        var table = new Table("RIG", "STATE", "WORKING", "QUEUED", "PARKED", "MERGE QUEUE");
        foreach (var (rig, queue, merges) in p.Rigs)
            table.Add(new Span(rig.Id, "bold"), rig.State == RigState.Active ? "active" : new Span(Text.Wire(rig.State), "yellow"),
                $"{queue.Agents.Count(a => a.Leased is not null)}/{rig.Settings.MaxWorkers}", $"{queue.Pool.Count + queue.Agents.Sum(a => a.Queued.Count)}", $"{queue.Agents.Sum(a => a.Parked.Count)}",
                merges is null ? "-" : merges.Paused ? new Span($"paused: {merges.Reason}", "red") : merges.Queued + merges.Gating == 0 ? "empty" : $"{merges.Queued} queued, {merges.Gating} in work");
        table.Write(screen);
    }

    static void WriteAgents(Invocation run, TownPicture p)
    {
        var held = p.Rigs.SelectMany(r => r.Queue.Agents).Where(a => a.Leased is not null).ToList();
        if (held.Count == 0) return;
        var sessions = p.Sessions.GroupBy(s => s.AgentId).ToDictionary(g => g.Key, g => g.First());
        run.Screen.Line();
        var table = new Table("AGENT", "ITEM", "TRY", "FOR", "LEASE", "LAST WORD");
        foreach (var a in held)
        {
            var session = sessions.GetValueOrDefault(a.AgentId);
            table.Add(a.AgentId, new Span(a.Leased!.WorkItemId, "bold"), $"{a.Leased.Attempt}", session?.StartedAt is { } from ? Text.Age(run.Now - from) : "", a.Leased.LeaseUntil is { } until ? Text.Age(until - run.Now) : "",
                session is null ? "no session of ours: claimed by hand" : session.Progress ?? Text.Wire(session.State));
        }
        table.Write(run.Screen);
    }

    static void WritePeople(Invocation run, TownPicture p)
    {
        var screen = run.Screen;
        var any = p.Incidents.Count + p.Scheduler.Paused.Count + p.Scheduler.Circuits.Count + p.Handoffs.Count > 0;
        screen.Heading(any ? "Needs a person" : "Nothing needs a person.");
        foreach (var i in p.Incidents)
        {
            screen.Line("  ", Styles.Of(i.Severity), "  ", new Span(Text.Line(i.What), "bold"), new Span($"  {Text.Age(run.Now - i.RaisedAt)} ago{(i.Count > 1 ? $", {i.Count} times" : "")}", "grey"));
            screen.Line($"        {Text.Line(i.Why)}");
            foreach (var action in i.SuggestedActions) screen.Line($"        → {Text.Line(action)}");
        }
        foreach (var s in p.Scheduler.Paused) screen.Line("  ", new Span("paused", "yellow"), $"  {s.Scope} by {s.By}{(s.Reason is null ? "" : $": {Text.Line(s.Reason)}")}");
        foreach (var c in p.Scheduler.Circuits) screen.Line("  ", new Span("stopped", "red"), $"  {c.RigId} starts no {c.Runtime} agents after {Text.Count(c.Failures, "failure")}{(c.Reason is null ? "" : $": {Text.Line(c.Reason)}")}");
        foreach (var h in p.Handoffs) screen.Line("  ", new Span("handoff", "yellow"), $"  {h.WorkItemId} waits on {h.ToHookId} for {Text.Age(run.Now - h.CreatedAt)}{(h.Reason is null ? "" : $": {Text.Line(h.Reason)}")}");
    }

    static JsonObject ToJson(Invocation run, ReadyReport ready, TownPicture p) => new()
    {
        ["url"] = run.Location.Url.ToString().TrimEnd('/'),
        ["ready"] = Node(ready),
        ["rigs"] = new JsonArray([.. p.Rigs.Select(r => (JsonNode)new JsonObject { ["rig"] = Node(r.Rig), ["queue"] = Node(r.Queue), ["mergeQueue"] = Node(r.Merges) })]),
        ["agents"] = Node(p.Agents),
        ["sessions"] = Node(p.Sessions),
        ["scheduler"] = Node(p.Scheduler),
        ["incidents"] = Node(p.Incidents),
        ["handoffs"] = Node(p.Handoffs),
    };

    static JsonNode? Node<T>(T value) => System.Text.Json.JsonSerializer.SerializeToNode(value, ClientJson.Options);
}
