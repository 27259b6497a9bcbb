using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>update</c>, <c>close</c>, <c>reopen</c>, <c>comment</c>.</summary>
static class EditCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [Update(cli), Close(cli), Reopen(cli), Comment(cli)];

    static Command Update(CommandLine cli)
    {
        var item = Symbols.Item();
        var title = Symbols.Value("--title", "TEXT", "New title.");
        var description = Symbols.Value("--description", "TEXT", "New description; - reads standard input, an empty text clears it.", "-d");
        var type = Symbols.Choice<WorkItemType>("--type", "New type.", "-t");
        var priority = Symbols.Priority();
        var labels = Symbols.Values("--label", "LABEL", "Replaces all labels.", "-l");
        var notes = Symbols.Value("--notes", "TEXT", "New notes.");
        var design = Symbols.Value("--design", "TEXT", "New design.");
        var defer = Symbols.Value("--defer", "TIME", "Not ready before then: +2h or a date.");
        var due = Symbols.Value("--due", "TIME", "When it should be done.");
        var version = new Option<long?>("--if-version") { Description = "Only if it is still at this version (exit code 5 otherwise).", HelpName = "N" };
        return cli.Verb("update", "Change what a work item says.", [item, title, description, type, priority, labels, notes, design, defer, due, version], async (run, ct) =>
        {
            var change = new UpdateWorkItem(
                run.Get(title), await run.TextAsync(run.Get(description), ct), run.Get(type), run.Get(priority), CreateItem.NonEmpty(run.Get(labels)), run.Get(design), null,
                run.Get(notes), null, run.Get(defer) is { } from ? Symbols.Time(from, run.Now) : null, run.Get(due) is { } by ? Symbols.Time(by, run.Now) : null);
            if (change == new UpdateWorkItem()) throw new CommandFailedException(ExitCodes.Usage, "Say what to change, e.g. --title or --priority.");
            var call = run.Town.UpdateWorkItem(run.Get(item), change);
            return await run.ShowAsync(run.Get(version) is { } v ? call.IfVersion(v) : call, i => Line(run, i, "updated"), i => i.Id, ct);
        }, "cm update sh-x7k2m --priority 0", "cm update sh-x7k2m --description - < notes.md");
    }

    static Command Close(CommandLine cli)
    {
        var item = Symbols.Item();
        var kind = Symbols.Choice<OutcomeKind>("--as", "How it ended (default completed).");
        kind.HelpName = "KIND";
        var reason = Symbols.Reason("Why; needed for no_change and failed.");
        return cli.Verb("close", "Close a work item by decision; an agent says `cm done` instead.", [item, kind, reason],
            (run, ct) => run.ShowAsync(run.Town.CloseWorkItem(run.Get(item), new CloseWorkItem(run.Get(kind), run.Get(reason))), i => Line(run, i, "closed"), i => i.Id, ct),
            "cm close sh-x7k2m --as cancelled --reason \"not wanted any more\"",
            "cm close sh-x7k2m --as duplicate --reason \"same as sh-a1b2c\"");
    }

    static Command Reopen(CommandLine cli)
    {
        var item = Symbols.Item();
        var reason = Symbols.Reason();
        return cli.Verb("reopen", "Open a closed work item again.", [item, reason],
            (run, ct) => run.ShowAsync(run.Town.ReopenWorkItem(run.Get(item), run.Get(reason)), i => Line(run, i, "open again"), i => i.Id, ct),
            "cm reopen sh-x7k2m --reason \"the fix does not hold on Windows\"");
    }

    static Command Comment(CommandLine cli)
    {
        var item = Symbols.Item();
        var text = new Argument<string>("text") { Description = "The comment; - reads standard input." };
        return cli.Verb("comment", "Comment on a work item.", [item, text], async (run, ct) =>
        {
            var words = await run.TextAsync(run.Get(text), ct);
            return await run.ShowAsync(run.Town.AddComment(run.Get(item), words ?? ""), _ => run.Screen.Line($"commented on {run.Get(item)}"), c => $"{c.Id}", ct);
        }, "cm comment sh-x7k2m \"See also the log of Tuesday\"", "git log -1 | cm comment sh-x7k2m -");
    }

    static void Line(Invocation run, WorkItemSnapshot i, string what) =>
        run.Screen.Line(new Span(i.Id, "bold"), "  ", Styles.Of(i.State, i.Ready), $"  {what} (version {i.Version})  {Text.Line(i.Title)}");
}
