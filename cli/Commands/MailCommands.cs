using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>mail list</c>, <c>mail send</c>.</summary>
static class MailCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("mail", "Messages between people and agents.", List(cli), Send(cli))];

    static Command List(CommandLine cli)
    {
        var agent = new Argument<string?>("agent") { Description = "Whose mail; inside an agent's session its own.", Arity = ArgumentArity.ZeroOrOne };
        var unread = Symbols.Flag("--unread", "Only what was not read yet.", "-u");
        var mark = Symbols.Flag("--mark-read", "Mark what is shown as read.");
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "Read an agent's mail, the newest first.", [agent, unread, mark, limit, after], async (run, ct) =>
        {
            IReadOnlyList<Guid> shown = [];
            var code = await run.ShowAsync(run.Town.Mail(HookCommands.HookOrOwn(run, run.Get(agent)), run.Get(unread) ? true : null, run.Get(after), run.Get(limit)), page =>
            {
                shown = [.. page.Items.Where(m => m.ReadAt is null).Select(m => m.Id)];
                if (page.Items.Count == 0) run.Say("No mail.");
                foreach (var m in page.Items)
                {
                    run.Screen.Line(new Span(Text.Line(m.Subject), m.ReadAt is null ? "bold" : null), new Span($"  {m.From}, {Text.Age(run.Now - m.SentAt)} ago{(m.WorkItemId is null ? "" : $", {m.WorkItemId}")}", "grey"));
                    foreach (var line in Text.Plain(m.Body).Split('\n')) run.Screen.Line("  " + line);
                }
                run.SayNext(page.Next);
            }, page => string.Join('\n', page.Items.Select(m => m.Id)), ct);
            if (run.Get(mark)) foreach (var id in shown) await run.Town.MarkRead(id).SendAsync(ct);
            return code;
        }, "cm mail list --unread --mark-read       # inside an agent's session", "cm mail list shop/crew/ada");
    }

    static Command Send(CommandLine cli)
    {
        var to = new Argument<string>("to") { Description = "Who gets it, e.g. shop/crew/ada." };
        var subject = Symbols.Value("--subject", "TEXT", "What it is about.", "-s");
        subject.Required = true;
        var body = Symbols.Value("--body", "TEXT", "The message; - reads standard input.", "-m");
        var item = Symbols.Value("--item", "ITEM", "The work item it is about.", "-i");
        return cli.Verb("send", "Write to an agent. The sender is whoever the token is for.", [to, subject, body, item],
            async (run, ct) => await run.ShowAsync(run.Town.SendMail(run.Get(to), new SendMail(run.Get(subject), await run.TextAsync(run.Get(body), ct) ?? "", WorkItemId: run.Get(item))), m => run.Screen.Line($"sent to {m.To}"), m => $"{m.Id}", ct),
            "cm mail send shop/crew/ada --subject \"API keys\" --body \"They are in the vault now.\"");
    }
}
