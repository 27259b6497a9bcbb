using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Supervisor;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>session list</c>, <c>session output</c>, <c>session nudge</c>, <c>session stop</c>.</summary>
static class SessionCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("session", "Runs of agents, live and past.", List(cli), Output(cli), Nudge(cli), Stop(cli))];

    static Command List(CommandLine cli)
    {
        var rig = Symbols.Rig();
        var agent = Symbols.Value("--agent", "AGENT", "Only of this agent.", "-a");
        var item = Symbols.Value("--item", "ITEM", "Only on this work item.", "-i");
        var live = Symbols.Flag("--live", "Only those that run.");
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "Sessions, the newest first.", [rig, agent, item, live, limit, after],
            (run, ct) => run.ShowAsync(run.Town.Sessions(run.Get(agent), run.Get(rig), run.Get(item), null, run.Get(live) ? true : null, run.Get(after), run.Get(limit)), page =>
            {
                if (page.Items.Count == 0)
                {
                    run.Say(run.Get(live) ? "No session runs." : "No sessions yet.");
                    return;
                }
                var table = new Table("SESSION", "AGENT", "ITEM", "STATE", "RAN", "OUTPUT", "LAST WORD");
                foreach (var s in page.Items)
                    table.Add($"{s.Id}", s.AgentId, new Span(s.WorkItemId, "bold"), Styles.Of(s.State), s.StartedAt is { } from ? Text.Age((s.EndedAt ?? run.Now) - from) : "", Bytes(s.OutputBytes), s.Reason ?? s.Progress);
                table.Write(run.Screen);
                run.SayNext(page.Next);
            }, page => string.Join('\n', page.Items.Select(s => s.Id)), ct),
            "cm session list --live", "cm session list --item sh-x7k2m");
    }

    static Command Output(CommandLine cli)
    {
        var session = Session();
        var follow = Symbols.Flag("--follow", "Go on until the session ends.", "-f");
        var offset = new Option<long>("--offset") { Description = "Begin at this byte.", HelpName = "BYTES" };
        return cli.Verb("output", "What a session printed.", [session, follow, offset], async (run, ct) =>
        {
            var id = await FindAsync(run, run.Get(session), ct);
            if (run.Get(follow))
            {
                await foreach (var piece in run.Town.FollowOutputAsync(id, run.Get(offset), ct: ct)) Write(run, piece.Text);
                return ExitCodes.Ok;
            }
            await using var stream = await run.Town.OutputAsync(id, run.Get(offset), ct);
            using var reader = new StreamReader(stream);
            var buffer = new char[32 * 1024];
            for (int read; (read = await reader.ReadAsync(buffer, ct)) > 0;) Write(run, new string(buffer, 0, read));
            return ExitCodes.Ok;
        }, "cm session output sh-x7k2m --follow      # the newest session on an item", "cm session output 0199c3a0-7e1c-7c6e-9d5e-0d2b7b1f6a11 > transcript.txt");
    }

    static Command Stop(CommandLine cli)
    {
        var session = Session();
        var reason = Symbols.Reason();
        var handoff = Symbols.Flag("--handoff", "Let another go on with it, with what is known so far.");
        return cli.Verb("stop", "End a session. Its work is saved and its item queued again.", [session, reason, handoff], async (run, ct) =>
        {
            var id = await FindAsync(run, run.Get(session), ct);
            return await run.ShowAsync(run.Get(handoff) ? run.Town.HandOffSession(id, run.Get(reason)) : run.Town.StopSession(id, run.Get(reason)),
                s => run.Screen.Line($"the session of {s.AgentId} on {s.WorkItemId} ends"), s => $"{s.Id}", ct);
        }, "cm session stop sh-x7k2m --reason \"runs in circles\"");
    }

    static Command Nudge(CommandLine cli)
    {
        var session = Session();
        var text = new Argument<string>("text") { Description = "What to say; - reads standard input." };
        var handoff = Symbols.Flag("--handoff", "Ask it to hand off.");
        return cli.Verb("nudge", "Say something to a running session. It finds it in the file that CM_NUDGE_FILE names.", [session, text, handoff], async (run, ct) =>
        {
            var id = await FindAsync(run, run.Get(session), ct);
            var said = await run.TextAsync(run.Get(text), ct);
            return await run.ShowAsync(run.Town.NudgeSession(id, said!, run.Get(handoff) ? "handoff" : null), s => run.Screen.Line($"said to {s.AgentId}, who works on {s.WorkItemId}"), s => $"{s.Id}", ct);
        }, "cm session nudge shop/polecats/nux \"The API keys are in the vault now.\"");
    }

    static Argument<string> Session() => new("session") { Description = "A session's id, or a work item or agent: its newest session." };

    static async Task<Guid> FindAsync(Invocation run, string named, CancellationToken ct)
    {
        if (Guid.TryParse(named, out var id)) return id;
        var agent = named.Contains('/');
        var page = await run.Town.Sessions(agent: agent ? named : null, item: agent ? null : named, limit: 1).SendAsync(ct);
        return page.Items is [SessionSnapshot newest, ..] ? newest.Id : throw new CommandFailedException(ExitCodes.NotFound, $"There is no session of {named} yet.");
    }

    // On a screen an agent's output must not steer the terminal; into a file it goes as it is.
    static void Write(Invocation run, string text) => run.Screen.Raw(run.Terminal.IsInteractive ? Text.Output(text) : text);

    static string Bytes(long n) => n < 1024 ? $"{n}B" : n < 1024 * 1024 ? $"{n / 1024}K" : $"{n / 1024 / 1024}M";
}
