using System.CommandLine;
using ClaudeManage.Cli.Output;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm patrols</c>: who watches the town, when last, and what was found.</summary>
static class PatrolsCommand
{
    public static Command Make(CommandLine cli) => cli.Verb("patrols", "Who watches the town: when last, for how long, what was found, and what could not be looked at.", [],
        (run, ct) => run.ShowAsync(run.Town.Patrols(), page =>
        {
            if (page.Items.Count == 0)
            {
                run.Say("No patrol has looked at anything yet: nothing has been at work.");
                return;
            }
            foreach (var p in page.Items)
            {
                run.Screen.Line(new Span(p.Name, "bold"), $"  {Text.Age(run.Now - p.LastAt)} ago, {Text.Count(p.Runs, "run")}, the last took {p.DurationSeconds * 1000:0} ms",
                    p.Overdue ? new Span("  overdue", "red") : p.DueAt is { } due ? $"  next in {Text.Age(due - run.Now)}" : "");
                run.Screen.Field("  looked at", p.Looked.Count == 0 ? "nothing" : string.Join(", ", p.Looked));
                foreach (var missed in p.Missed) run.Screen.Line(new Span($"  not seen     {Text.Line(missed)}", "yellow"));
                foreach (var finding in p.Findings) run.Screen.Line(new Span($"  found        {Text.Line(finding)}", "red"));
            }
        }, page => string.Join('\n', page.Items.Select(p => p.Name)), ct), "cm patrols");

    /// <summary><c>cm heartbeats</c>: everybody who works without being asked, on one page; exit 1 when somebody is late.</summary>
    public static Command Heartbeats(CommandLine cli) => cli.Verb("heartbeats", "Who works without being asked (dispatcher, refinery, witnesses, deacon, services, nodes), and who is late.", [], async (run, ct) =>
    {
        var page = await run.Town.Heartbeats().SendAsync(ct);
        if (run.Json) run.PrintJson(page);
        else
            foreach (var h in page.Items.Where(h => !run.Quiet || h.Late))
                run.Screen.Line(h.Late ? new Span("late ", "red") : new Span("ok   ", "green"), new Span($"{h.Role,-24}", "bold"), $"{Text.Age(run.Now - h.LastAt)} ago",
                    h.By is { } by ? h.Late ? $", was due {Text.Age(run.Now - by)} ago" : $", again within {Text.Age(by - run.Now)}" : ", nothing to do", h.Detail is null ? "" : $"  {Text.Line(h.Detail)}");
        return page.Items.Any(h => h.Late) ? ExitCodes.Refused : ExitCodes.Ok;
    }, "cm heartbeats", "cm heartbeats --json | jq '.items[] | select(.late)'");
}
