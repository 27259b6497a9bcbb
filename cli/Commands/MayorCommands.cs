using System.CommandLine;
using ClaudeManage.Cli.Mayor;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>mayor start</c>, <c>mayor ask</c>, <c>mayor attach</c>; <c>prime</c>.</summary>
static class MayorCommands
{
    /// <summary>The group's name.</summary>
    public const string Name = "mayor";

    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group(Name, "An agent with the whole town in view, who turns wishes into work.", Start(cli), Ask(cli), Attach(cli)), Prime(cli)];

    static Command Start(CommandLine cli)
    {
        var once = Symbols.Flag("--once", "Answer what is there and end.");
        var limit = new Option<int>("--limit") { Description = "Minutes that an answer may take (default 30).", HelpName = "MINUTES", DefaultValueFactory = _ => 30 };
        return cli.Verb("start", "Answer the mayor's mail with a program, until it is stopped. For every message the program runs once: it gets the town's state and the message on standard input, and what it prints is the answer.", [once, limit], async (run, ct) =>
        {
            if (run.PassedOn.Count == 0) throw new CommandFailedException(ExitCodes.Usage, "Give the program after --, e.g. `cm mayor start -- ./mayor.sh`.");
            if (run.Get(limit) is < 1 or > 720) throw new CommandFailedException(ExitCodes.Usage, "--limit is 1 to 720 minutes.");
            var keeper = new MayorKeeper(run, run.PassedOn, TimeSpan.FromMinutes(run.Get(limit)));
            await keeper.RegisterAsync(ct);
            if (!run.Get(once)) run.Say("The mayor waits for mail. Ask it something: cm mayor ask \"…\"");
            var answered = await keeper.KeepAsync(run.Get(once), ct);
            run.Say(answered == 0 ? "No message waits for the mayor." : $"{Text.Count(answered, "message")} answered.");
            return ExitCodes.Ok;
        },
        "cm mayor start -- claude -p --allowedTools \"Bash(cm:*)\"",
        "cm mayor start --once -- ./mayor.sh",
        "# The program gets CM_URL, CM_TOKEN (the mayor's own), CM_AGENT and CM_MAIL; with `cm` it does what it thinks right, under its own name.");
    }

    static Command Ask(CommandLine cli)
    {
        var question = new Argument<string>("question") { Description = "What you want; - reads standard input." };
        var item = Symbols.Value("--item", "ITEM", "The work item it is about.", "-i");
        var wait = new Option<int>("--wait") { Description = "Minutes to wait for the answer; 0 only sends (default 30).", HelpName = "MINUTES", DefaultValueFactory = _ => 30 };
        return cli.Verb("ask", "Write to the mayor and wait for its answer.", [question, item, wait], async (run, ct) =>
        {
            var sent = await SendAsync(run, await run.TextAsync(run.Get(question), ct), run.Get(item), ct);
            if (run.Get(wait) <= 0) return Show(run, sent, $"sent; the answer comes to {sent.From}: cm mail list {sent.From}");
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(run.Get(wait)), run.Terminal.Clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
            try
            {
                var answer = await AnswerAsync(run, sent, either.Token);
                return Show(run, answer, answer.Body);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return run.Fail(ExitCodes.Refused, "no-answer", $"The mayor has not answered in {Text.Count(run.Get(wait), "minute")}. Does one run (cm mayor start)? Its answer will be in your mail: cm mail list {sent.From}");
            }
        }, "cm mayor ask \"What is stuck, and why?\"", "cm mayor ask --wait 0 \"Plan the move to the new API over all rigs.\"");
    }

    static Command Attach(CommandLine cli) => cli.Verb("attach", "Talk with the mayor and see what it does. Every line is a message; Ctrl-D ends it when all is answered.", [], async (run, ct) =>
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watching = WatchAsync(run, over.Token);
        var answers = new List<Task>();
        while (await Task.Run(() => run.Terminal.In.ReadLine(), ct).WaitAsync(ct) is { } line)
            if (line.Trim() is { Length: > 0 } said) answers.Add(PrintAnswerAsync(run, await SendAsync(run, said, null, ct), ct));
        await Task.WhenAll(answers);
        await over.CancelAsync();
        await watching;
        return ExitCodes.Ok;
    }, "cm mayor attach");

    static async Task PrintAnswerAsync(Invocation run, MailSnapshot sent, CancellationToken ct)
    {
        var answer = await AnswerAsync(run, sent, ct);
        Show(run, answer, answer.Body);
    }

    static async Task WatchAsync(Invocation run, CancellationToken ct)
    {
        try
        {
            await foreach (var entry in run.Town.FollowEventsAsync(null, new EventQuery(Actor: MayorKeeper.Address), ct: ct))
                if (entry.EventType is not (MailTaken.Type or MailSent.Type) && !run.Json) EventsCommand.Write(run.Screen, entry, ofOneItem: false);
        }
        catch (OperationCanceledException) { }
        catch (TownUnreachableException e) { run.Say($"What the mayor does is not shown any more: {e.Message}"); }
    }

    static int Show(Invocation run, MailSnapshot mail, string text)
    {
        if (run.Json) run.PrintJson(mail);
        else run.Terminal.Out.WriteLine(run.Quiet ? $"{mail.Id}" : Text.Plain(text));
        return ExitCodes.Ok;
    }

    static async Task<MailSnapshot> SendAsync(Invocation run, string? text, string? item, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new CommandFailedException(ExitCodes.Usage, "Say what you want of the mayor.");
        try { return await run.Town.SendMail(MayorKeeper.Address, new SendMail(Text.Cut(Text.Line(text.Trim().Split('\n')[0]), 200), text, "task", WorkItemId: item)).SendAsync(ct); }
        catch (TownProblemException e) when (e.Status == 404)
        {
            throw new CommandFailedException(ExitCodes.NotFound, "This town has no mayor yet. Start one: cm mayor start -- PROGRAM");
        }
    }

    static async Task<MailSnapshot> AnswerAsync(Invocation run, MailSnapshot sent, CancellationToken ct)
    {
        while (true)
        {
            var mine = await run.Town.Mail(sent.From, open: true, limit: 100).SendAsync(ct);
            if (mine.Items.FirstOrDefault(m => m.ThreadId == sent.ThreadId && m.From == MayorKeeper.Address) is { } answer)
            {
                await run.Town.AckMail(answer.Id).SendAsync(ct);
                return answer;
            }
            await Task.Delay(Look, run.Terminal.Clock, ct);
        }
    }

    static Command Prime(CommandLine cli)
    {
        var role = Symbols.Value("--role", "ROLE", "For whom, where it is not told by the session: mayor.");
        role.AcceptOnlyFromAmong(MayorKeeper.Address);
        return cli.Verb("prime", "What an agent must know when it starts: the mayor the town's state, a worker its work.", [role], async (run, ct) =>
        {
            if (run.Get(role) is null && run.Session("CM_PROMPT_FILE") is { } prompt && File.Exists(prompt))
            {
                await run.Terminal.Out.WriteLineAsync(await File.ReadAllTextAsync(prompt, ct));
                return ExitCodes.Ok;
            }
            if (run.Get(role) is null && run.Session("CM_AGENT") != MayorKeeper.Address)
                throw new CommandFailedException(ExitCodes.Usage, "Say for whom: --role mayor. (Inside a worker's session it shows the worker's work.)");
            await run.Terminal.Out.WriteLineAsync(await MayorBrief.ReadAsync(run.Town, ct));
            return ExitCodes.Ok;
        }, "cm prime --role mayor", "cm prime          # inside an agent's session");
    }
}
