using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Cli.Worker;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>handoff</c>, <c>park</c>, <c>resume</c>.</summary>
static class HandoffCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [HandOff(cli), Park(cli), Resume(cli)];

    static Command HandOff(CommandLine cli)
    {
        var (context, lease) = (new ContextOptions(), CompletionCommands.Lease());
        var to = Symbols.Value("--to", "HOOK", "Who goes on: an agent or RIG/pool (default: the same hook, in a new session).");
        var pending = Symbols.Flag("--list", "List the handoffs nobody has taken up yet, instead.");
        return cli.Verb("handoff", "Pass on the work you hold, with what the next one needs to know.", [to, lease, .. context.All, pending], async (run, ct) =>
        {
            if (run.Get(pending)) return await ListAsync(run, ct);
            return await SendAsync(run, lease, run.Get(to), context, null, ct);
        },
        "cm handoff --reason \"context full\" --summary \"Parser is done\" --next \"wire it into the server\"",
        "cm handoff --to shop/crew/ada --reason \"needs the payment keys\"",
        "cm handoff --list");
    }

    static Command Park(CommandLine cli)
    {
        var (context, lease) = (new ContextOptions(), CompletionCommands.Lease());
        var until = Symbols.Value("--until", "TIME", "When it is queued again: +2h or a date.");
        until.Required = true;
        return cli.Verb("park", "Set aside the work you hold until a time has come.", [until, lease, .. context.All],
            (run, ct) => SendAsync(run, lease, null, context, new HandoffGate("time", Symbols.Time(run.Get(until)!, run.Now)), ct),
            "cm park --until +2h --reason \"waits for the nightly build\"",
            "cm park --until 2026-01-31T09:00 --summary \"All but the release is done\"");
    }

    static Command Resume(CommandLine cli)
    {
        var what = new Argument<string?>("handoff") { Description = "Id of the handoff, or the work item; inside an agent's session its own item.", Arity = ArgumentArity.ZeroOrOne };
        var agent = Symbols.Value("--agent", "AGENT", "Who goes on with it (default CM_AGENT, else whom the token is for).", "-a");
        return cli.Verb("resume", "Take up work that was handed over or parked. It works once.", [what, agent], async (run, ct) =>
        {
            var named = run.Get(what) ?? run.Session("CM_WORK_ITEM") ?? throw new CommandFailedException(ExitCodes.Usage, "Name the handoff or the work item. `cm handoff --list` shows what is pending.");
            var request = Guid.TryParse(named, out var id) ? new ResumeRequest(id) : new ResumeRequest(null, named);
            return await run.ShowAsync(run.Town.Resume(request with { AgentId = run.Get(agent) ?? run.Session("CM_AGENT") }), claim => HookCommands.Write(run, claim), claim => claim.Lease.Token, ct);
        }, "cm resume sh-x7k2m --agent shop/crew/ada", "cm resume 0199c3a0-7e1c-7c6e-9d5e-0d2b7b1f6a11");
    }

    /// <summary>A handoff's context, as far as there is any.</summary>
    public static void Write(Screen screen, HandoffSnapshot h)
    {
        screen.Field("from", $"{h.FromAgentId}{(h.Reason is null ? "" : $": {Text.Line(h.Reason)}")}");
        screen.Field("state", h.Commit is null ? null : $"{h.Commit} on {h.Branch}");
        screen.Block("summary", h.Context.Summary);
        screen.Block("done", Lines(h.Context.Done));
        screen.Block("next", Lines(h.Context.Next));
        screen.Block("files", Lines(h.Context.Files));
        screen.Block("questions", Lines(h.Context.OpenQuestions));
        screen.Block("notes", h.Context.Notes);
    }

    static string? Lines(IReadOnlyList<string>? lines) => lines is null ? null : string.Join('\n', lines.Select(l => "- " + l));

    static async Task<int> SendAsync(Invocation run, Option<string?> lease, string? to, ContextOptions context, HandoffGate? gate, CancellationToken ct)
    {
        var tree = new WorkingTree(run.Terminal.Directory);
        var (branch, commit) = await tree.ExistsAsync(ct) ? (await tree.BranchAsync(ct) ?? run.Session("CM_BRANCH"), await tree.HeadAsync(ct)) : (null, null);
        var request = new HandoffRequest(CompletionCommands.LeaseOrOwn(run, lease), to, run.Get(context.Reason), await context.ReadAsync(run, ct), branch, commit, gate);
        return await run.ShowAsync(run.Town.HandOff(request), h =>
        {
            run.Screen.Line(new Span(h.WorkItemId, "bold"), h.OpensAt is { } at ? $" is parked until {at:u}" : $" goes to {h.ToHookId}");
            run.Screen.Field("handoff", $"{h.Id}");
        }, h => $"{h.Id}", ct);
    }

    static async Task<int> ListAsync(Invocation run, CancellationToken ct) => await run.ShowAsync(run.Town.Handoffs("pending", limit: 500), page =>
    {
        if (page.Items.Count == 0)
        {
            run.Say("No handoff is pending.");
            return;
        }
        var table = new Table("HANDOFF", "ITEM", "FROM", "TO", "AGE", "REASON");
        foreach (var h in page.Items) table.Add($"{h.Id}", new Span(h.WorkItemId, "bold"), h.FromAgentId, h.ToHookId, Text.Age(run.Now - h.CreatedAt), h.Reason);
        table.Write(run.Screen);
    }, page => string.Join('\n', page.Items.Select(h => h.Id)), ct);

    /// <summary>The options that say what the next one needs to know.</summary>
    sealed class ContextOptions
    {
        public Option<string?> Reason { get; } = Symbols.Reason();

        readonly Option<string?> _summary = Symbols.Value("--summary", "TEXT", "Where it stands; - reads standard input.", "-s");
        readonly Option<string[]> _done = Symbols.Values("--finished", "TEXT", "Something that is finished.");
        readonly Option<string[]> _next = Symbols.Values("--next", "TEXT", "A next step.");
        readonly Option<string[]> _files = Symbols.Values("--file", "PATH", "A file that matters.");
        readonly Option<string[]> _questions = Symbols.Values("--question", "TEXT", "An open question.");
        readonly Option<string?> _notes = Symbols.Value("--notes", "TEXT", "Anything else.");

        public IEnumerable<Option> All => [Reason, _summary, _done, _next, _files, _questions, _notes];

        public async Task<HandoffContext> ReadAsync(Invocation run, CancellationToken ct) => new(
            await run.TextAsync(run.Get(_summary), ct), CreateItem.NonEmpty(run.Get(_done)), CreateItem.NonEmpty(run.Get(_next)),
            CreateItem.NonEmpty(run.Get(_files)), CreateItem.NonEmpty(run.Get(_questions)), run.Get(_notes));
    }
}
