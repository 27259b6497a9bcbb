using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>mq list</c>, <c>mq show</c>.</summary>
static class MergeCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("mq", "The merge queue: what is on its way into a branch.", List(cli), Show(cli))];

    static Command List(CommandLine cli)
    {
        var rig = Symbols.Rig();
        var state = Symbols.Value("--state", "STATES", "Only these states, separated by commas: queued, batched, gating, landing, merged, conflicted, rejected, superseded.", "-s");
        var item = Symbols.Value("--item", "ITEM", "Only for this work item.", "-i");
        var all = Symbols.Flag("--all", "Also what has ended.", "-a");
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "Merge requests that are open, the newest first.", [rig, state, item, all, limit, after], (run, ct) =>
        {
            var states = run.Get(state) ?? (run.Get(all) || run.Get(item) is not null ? null : "queued,batched,gating,landing");
            return run.ShowAsync(run.Town.MergeRequests(run.Get(rig), states, run.Get(item), run.Get(after), run.Get(limit)), page =>
            {
                if (page.Items.Count == 0)
                {
                    run.Say("Nothing is in the merge queue. `cm mq list --all` shows what landed.");
                    return;
                }
                var table = new Table("REQUEST", "ITEM", "STATE", "P", "TRY", "TIME", "AUTHOR", "TITLE");
                foreach (var m in page.Items)
                    table.Add(new Span(m.Id, "bold"), m.WorkItemId, Styles.Of(m.State), $"{m.Priority}", $"{m.Attempt}", Text.Age((m.EndedAt ?? run.Now) - m.QueuedAt), m.Author, m.Title);
                table.Write(run.Screen);
                run.SayNext(page.Next);
            }, page => string.Join('\n', page.Items.Select(m => m.Id)), ct);
        }, "cm mq list --rig shop", "cm mq list --all --state conflicted,rejected", "cm mq list --item sh-x7k2m");
    }

    static Command Show(CommandLine cli)
    {
        var request = new Argument<string>("request") { Description = "A merge request, e.g. sh-mr-a1b2c, or a work item: its newest." };
        var log = Symbols.Flag("--log", "Also the whole output of its last gate run.", "-l");
        return cli.Verb("show", "A merge request: its gates, and why it was refused.", [request, log], async (run, ct) =>
        {
            var id = await FindAsync(run, run.Get(request), ct);
            MergeRequestDetail? shown = null;
            var code = await run.ShowAsync(run.Town.MergeRequest(id), m => Write(run, shown = m), m => m.Id, ct);
            if (run.Get(log) && shown?.GateRuns is [.., var last])
            {
                run.Screen.Heading($"Output of {last.Gate}");
                var text = await run.Town.GateLogAsync(last.Id, ct);
                run.Screen.Raw(run.Terminal.IsInteractive ? Text.Output(text) : text);
            }
            return code;
        }, "cm mq show sh-mr-a1b2c", "cm mq show sh-x7k2m --log");
    }

    static async Task<string> FindAsync(Invocation run, string named, CancellationToken ct)
    {
        if (named.Contains("-mr-", StringComparison.Ordinal)) return named;
        var page = await run.Town.MergeRequests(item: named, limit: 1).SendAsync(ct);
        return page.Items is [var newest, ..] ? newest.Id : throw new CommandFailedException(ExitCodes.NotFound, $"There is no merge request for {named}.");
    }

    static void Write(Invocation run, MergeRequestDetail m)
    {
        var screen = run.Screen;
        screen.Line(new Span(m.Id, "bold"), "  ", Styles.Of(m.State), "  ", Text.Line(m.Title));
        screen.Field("item", m.WorkItemId);
        screen.Field("change", $"{m.Branch} → {m.Target}, {Text.Wire(m.Strategy)}");
        screen.Field("commit", m.Commit);
        screen.Field("author", $"{m.Author}, fence {m.Fence}, try {m.Attempt}");
        screen.Field("queued", $"{Text.Age(run.Now - m.QueuedAt)} ago{(m.EndedAt is { } end ? $", ended after {Text.Age(end - m.QueuedAt)}" : "")}");
        screen.Field("waits for", new Span(m.WaitingFor ?? "", "yellow"));
        screen.Field("merged as", m.MergedCommit);
        if (m.Conflict is { } c) screen.Field("conflicts", new Span(string.Join(", ", c.Files), "red"));
        if (m.GateRuns.Count > 0) Gates(run, m.GateRuns);
        if (m.GateRuns is [.., { OutputTail: { Length: > 0 } tail, Result: not GateResult.Passed }]) screen.Block("end of the output", tail);
        screen.Block("feedback", m.Feedback);
    }

    static void Gates(Invocation run, IReadOnlyList<GateRunDetail> runs)
    {
        var table = new Table("GATE", "RESULT", "TOOK", "TRIES", "TREE", "NOTE") { Indent = 2 };
        foreach (var g in runs)
            table.Add(g.Gate, Styles.Of(g.Result), Text.Age((g.EndedAt ?? run.Now) - g.StartedAt), $"{g.Tries}", g.Tree[..Math.Min(10, g.Tree.Length)],
                string.Join(", ", ((string?[])[g.Cached ? "cached" : null, g.Flaky ? "flaky" : null, g.OnTarget ? "on the target's own tip" : null, g.Interrupted ? "interrupted" : null]).OfType<string>()));
        table.Write(run.Screen);
    }
}
