using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>ask</c>; <c>inbox list</c>, <c>inbox show</c>, <c>inbox answer</c>, <c>inbox delegate</c>.</summary>
static class InboxCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [Ask(cli), CommandLine.Group("inbox", "What waits for a person to decide.", List(cli), Show(cli), Answer(cli), Delegate(cli))];

    static Argument<Guid> Decision() => new("decision") { Description = "A decision's id; cm inbox list shows them." };

    static Command Ask(CommandLine cli)
    {
        var title = new Argument<string>("question") { Description = "What is to be decided, in a sentence." };
        var options = Symbols.Values("--option", "TEXT", "Something to choose.", "-o");
        var text = Symbols.Flag("--text", "The answer is a text; without this and without options it is yes or no.");
        var draft = Symbols.Value("--draft", "TEXT", "A draft to be edited; - reads standard input.");
        var (detail, until) = (Symbols.Value("--detail", "TEXT", "What one must know to decide.", "-m"), Symbols.Value("--until", "TIME", "When it must be decided: +2h, +1d, or a date and time."));
        var fallback = Symbols.Value("--default", "ANSWER", "The answer when nobody gives one until then: yes, no, an option or a text.");
        var (to, item, rig) = (Symbols.Value("--to", "ACTOR", "Whose decision it is (default overseer)."), Symbols.Value("--item", "ITEM", "The work item it is about; inside an agent's session its own.", "-i"), Symbols.Rig("The rig it is about."));
        return cli.Verb("ask", "Ask a person to decide. The answer comes by mail.", [title, options, text, draft, detail, until, fallback, to, item, rig], async (run, ct) =>
        {
            var edited = await run.TextAsync(run.Get(draft), ct);
            var kind = run.Get(options)!.Length > 0 ? DecisionKind.Choose : edited is not null ? DecisionKind.Edit : run.Get(text) ? DecisionKind.Answer : DecisionKind.Approve;
            var request = new AskRequest(kind, run.Get(title), run.Get(detail), CreateItem.NonEmpty(run.Get(options)), edited, run.Get(until) is { } time ? Symbols.Time(time, run.Now) : null,
                run.Get(fallback) is { } answer ? Given(kind, answer) : null, run.Get(item) ?? run.Session("CM_WORK_ITEM"), run.Get(rig), run.Get(to));
            return await run.ShowAsync(run.Town.Ask(request), d => Write(run, d), d => $"{d.Id}", ct);
        }, "cm ask \"May I delete the old schema?\" --until +2h --default no", "cm ask \"Which region?\" --option eu --option us --item sh-x7k2m");
    }

    static Command List(CommandLine cli)
    {
        var state = Symbols.Choice<DecisionState>("--state", "Only in this state (default open).", "-s");
        var mine = Symbols.Value("--to", "ACTOR", "Only what is this one's to decide.");
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "Decisions, the newest first.", [state, mine, limit, after], (run, ct) =>
            run.ShowAsync(run.Town.Decisions(run.Get(state) ?? DecisionState.Open, run.Get(mine), run.Get(after), run.Get(limit)), page =>
            {
                if (page.Items.Count == 0) run.Say("Nothing waits for a decision.");
                foreach (var d in page.Items) Write(run, d);
                run.SayNext(page.Next);
            }, page => string.Join('\n', page.Items.Select(d => d.Id)), ct), "cm inbox list", "cm inbox list --to mayor");
    }

    static Command Show(CommandLine cli)
    {
        var decision = Decision();
        return cli.Verb("show", "A decision with all that belongs to it.", [decision], (run, ct) => run.ShowAsync(run.Town.Decision(run.Get(decision)), d => Write(run, d, all: true), d => $"{d.Id}", ct),
            "cm inbox show 0199c3a0-7e1c-7c6e-9d5e-0d2b7b1f6a11");
    }

    static Command Answer(CommandLine cli)
    {
        var decision = Decision();
        var answer = new Argument<string>("answer") { Description = "yes or no, one of the options, or the text; - reads standard input." };
        var reason = Symbols.Reason();
        return cli.Verb("answer", "Decide, once.", [decision, answer, reason], async (run, ct) =>
        {
            var asked = await run.Town.Decision(run.Get(decision)).SendAsync(ct);
            var given = Given(asked.Kind, (await run.TextAsync(run.Get(answer), ct))!);
            return await run.ShowAsync(run.Town.Answer(asked.Id, new AnswerRequest(given.Approve, given.Choice, given.Text, run.Get(reason))), d => Write(run, d), d => $"{d.Id}", ct);
        }, "cm inbox answer 0199c3a0-7e1c-7c6e-9d5e-0d2b7b1f6a11 yes --reason \"reviewed with Kim\"");
    }

    static Command Delegate(CommandLine cli)
    {
        var decision = Decision();
        var to = new Argument<string>("to") { Description = "Whose decision it shall be, e.g. overseer/kim." };
        var reason = Symbols.Reason();
        return cli.Verb("delegate", "Let somebody else decide; they get mail.", [decision, to, reason],
            (run, ct) => run.ShowAsync(run.Town.Delegate(run.Get(decision), new DelegateRequest(run.Get(to), run.Get(reason))), d => Write(run, d), d => $"{d.Id}", ct),
            "cm inbox delegate 0199c3a0-7e1c-7c6e-9d5e-0d2b7b1f6a11 overseer/kim");
    }

    static DecisionAnswer Given(DecisionKind kind, string text) => kind switch
    {
        DecisionKind.Approve => new(Approve: text.ToLowerInvariant() switch
        {
            "yes" or "y" or "approve" => true,
            "no" or "n" or "reject" => false,
            _ => throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is neither yes nor no."),
        }),
        DecisionKind.Choose => new(Choice: text),
        _ => new(Text: text),
    };

    static void Write(Invocation run, DecisionSnapshot d, bool all = false)
    {
        run.Screen.Line(new Span($"{d.Id}", "bold"), "  ", new Span(Text.Wire(d.State), d.State == DecisionState.Open ? "yellow" : "grey"), "  ", Text.Line(d.Title));
        run.Screen.Field("  about", string.Join(", ", new[] { d.WorkItemId, d.MoleculeId, d.RigId }.OfType<string>()));
        run.Screen.Field("  asked by", $"{d.AskedBy}, {Text.Age(run.Now - d.AskedAt)} ago; for {d.AssignedTo}");
        if (d.State == DecisionState.Open)
        {
            run.Screen.Field("  answer", d.Kind switch { DecisionKind.Approve => "yes or no", DecisionKind.Choose => string.Join(" | ", d.Options), _ => "a text" });
            run.Screen.Field("  until", d.Deadline is { } until ? $"{until:u}{(d.Default is null ? "" : $", then {Said(d.Default)}")}" : null);
        }
        run.Screen.Field("  decided", d.Given is null ? null : $"{Text.Line(Said(d.Given))} by {d.AnsweredBy}");
        run.Screen.Field("  reason", Text.Line(d.Reason));
        if (!all) return;
        run.Screen.Field("  question", d.Question is null ? null : Text.Plain(d.Question));
        run.Screen.Field("  draft", d.Draft is null ? null : Text.Plain(d.Draft));
    }

    static string Said(DecisionAnswer a) => a.Approve is { } yes ? yes ? "yes" : "no" : a.Choice ?? a.Text ?? "";
}
