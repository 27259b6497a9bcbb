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
}
