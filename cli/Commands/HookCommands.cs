using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>sling</c>, <c>unsling</c>, <c>hook</c>, <c>claim</c>.</summary>
static class HookCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [Sling(cli), Unsling(cli), Hook(cli), Claim(cli)];

    static Command Sling(CommandLine cli)
    {
        var words = new Argument<string[]>("item") { Description = "One or more work items, then the hook: an agent or RIG/pool. Without a hook: the pool of their rig.", HelpName = "ITEM... [HOOK]", Arity = ArgumentArity.OneOrMore };
        var epic = Symbols.Value("--epic", "ITEM", "Sling the leaf children of this epic.");
        var args = Symbols.Value("--args", "TEXT", "Instructions for the worker.", "-m");
        var move = Symbols.Flag("--move", "Take it from the hook it is queued on.");
        var whenReady = Symbols.Flag("--when-ready", "Accept an item that still waits for others; it runs when it is ready.");
        var priority = Symbols.Priority();
        var convoy = Symbols.Value("--convoy", "CONVOY", "Put it into this convoy.");
        var @base = Symbols.Value("--base", "BRANCH", "Begin from this branch.");
        var merge = Symbols.Choice<MergeStrategy>("--merge", "Land it this way instead of the rig's.");
        var notBefore = Symbols.Value("--not-before", "TIME", "Not before then: +2h or a date.");
        var attempts = new Option<int?>("--max-attempts") { Description = "Attempts before a person must look.", HelpName = "N" };
        return cli.Verb("sling", "Put work on a hook. It runs as soon as it can.", [words, epic, args, move, whenReady, priority, convoy, @base, merge, notBefore, attempts], async (run, ct) =>
        {
            var all = run.Get(words);
            var named = ActorAddress.IsHook(all[^1]);
            var items = named ? all[..^1] : all;
            if (items.FirstOrDefault(i => !Ids.IsWorkItem(i)) is { } odd)
                throw new CommandFailedException(ExitCodes.Usage, $"'{odd}' is neither a work item nor a hook. Name the items, then where they go: shop/pool, shop/crew/ada or shop/polecats/nux.");
            if (items.Length == 0 && run.Get(epic) is null) throw new CommandFailedException(ExitCodes.Usage, "Say what to sling: work items before the hook, or --epic.");
            var hook = named ? all[^1] : ActorAddress.Pool((await run.Town.WorkItem(items[0]).SendAsync(ct)).RigId);
            var request = new SlingRequest(
                items.Length == 1 ? items[0] : null, items.Length > 1 ? items : null, run.Get(epic), run.Get(convoy), run.Get(move), run.Get(whenReady), run.Get(args), run.Get(priority),
                run.Get(attempts), run.Get(@base), run.Get(merge), run.Get(notBefore) is { } at ? Symbols.Time(at, run.Now) : null);
            return items.Length == 1 && request.EpicId is null
                ? await run.ShowAsync(run.Town.Sling(hook, request), one => Line(run.Screen, one), one => $"{one.AssignmentId}", ct)
                : await run.ShowAsync(run.Town.SlingMany(hook, request), many => many.Items.ToList().ForEach(one => Line(run.Screen, one)), many => string.Join('\n', many.Items.Select(o => o.AssignmentId)), ct);
        },
        "cm sling sh-x7k2m                              # the next free agent of its rig does it",
        "cm sling sh-x7k2m sh-a1b2c shop/crew/ada       # ada does them, one after the other",
        "cm sling --epic sh-e1p2c shop/pool --when-ready",
        "cm sling sh-x7k2m shop/crew/ada --move --args \"Keep the old API\"");
    }

    static void Line(Screen screen, SlingResult r) => screen.Line(new Span(r.WorkItemId, "bold"), $" is on {r.HookId}: ", r.Next switch
    {
        "dispatch" => new Span("an agent starts now", "green"),
        "slot" => "it waits for a free slot",
        "dependency" => new Span("it waits for what blocks it", "yellow"),
        "claim" => "it waits to be claimed (`cm claim` or `cm work`)",
        "time" => "it waits for its time",
        _ => r.Next,
    }, new Span(r.ConvoyId is null ? "" : $"  convoy {r.ConvoyId}", "grey"));

    static Command Unsling(CommandLine cli)
    {
        var item = Symbols.Item();
        var reason = Symbols.Reason();
        return cli.Verb("unsling", "Take work off its hook; it is open again. A worker that has it is stopped.", [item, reason], async (run, ct) =>
        {
            var id = run.Get(item);
            var hook = (await run.Town.WorkItem(id).SendAsync(ct)).HookId
                ?? throw new CommandFailedException(ExitCodes.Conflict, $"{id} is on no hook, so there is nothing to take off.");
            return await run.ShowAsync(run.Town.Unsling(hook, id, run.Get(reason)), _ => run.Screen.Line(new Span(id, "bold"), $" is off {hook}"), _ => id, ct);
        }, "cm unsling sh-x7k2m --reason \"needs a decision first\"");
    }

    static Command Hook(CommandLine cli)
    {
        var hook = new Argument<string?>("hook") { Description = "An agent or RIG/pool; inside an agent's session its own (CM_AGENT).", Arity = ArgumentArity.ZeroOrOne };
        return cli.Verb("hook", "What is on a hook: what is being done, what is queued, what is parked.", [hook],
            (run, ct) => run.ShowAsync(run.Town.Hook(HookOrOwn(run, run.Get(hook))), h => Write(run, h), h => string.Join('\n', ((AssignmentSnapshot?[])[h.Leased, .. h.Queued]).OfType<AssignmentSnapshot>().Select(a => a.WorkItemId)), ct),
            "cm hook shop/pool", "cm hook                 # inside an agent's session: its own");
    }

    static void Write(Invocation run, HookDetail h)
    {
        run.Screen.Line(new Span(h.Id, "bold"), h.Agent is { } agent ? "  " : "", h.Agent is null ? "" : Styles.Of(h.Agent.State), h.UnreadMail > 0 ? $"  {h.UnreadMail} unread mail" : "");
        var all = ((AssignmentSnapshot?[])[h.Leased, .. h.Queued, .. h.Parked]).OfType<AssignmentSnapshot>().ToList();
        if (all.Count == 0)
        {
            run.Say("Nothing is on it.");
            return;
        }
        var table = new Table("ITEM", "STATE", "P", "ATTEMPT", "SINCE", "LEASE", "CONVOY", "NOTE");
        foreach (var a in all)
            table.Add(new Span(a.WorkItemId, "bold"), new Span(Text.Wire(a.State), a.State == AssignmentState.Leased ? "blue" : a.State == AssignmentState.Parked ? "yellow" : null), $"{a.Priority}", $"{a.Attempt}/{a.MaxAttempts}",
                Text.Age(run.Now - a.EnqueuedAt), a.LeaseUntil is { } until ? Text.Age(until - run.Now) : "", a.ConvoyId, a.Feedback ?? a.Args);
        table.Write(run.Screen);
    }

    static Command Claim(CommandLine cli)
    {
        var hook = new Argument<string?>("hook") { Description = "An agent or RIG/pool; inside an agent's session its own (CM_AGENT).", Arity = ArgumentArity.ZeroOrOne };
        var wait = new Option<int?>("--wait", "-w") { Description = "Seconds to wait for work when there is none.", HelpName = "SECONDS" };
        return cli.Verb("claim", "Take the next work on a hook under a lease. Keep the token: it is shown once.", [hook, wait], async (run, ct) =>
        {
            var from = HookOrOwn(run, run.Get(hook));
            var claim = await ClaimAsync(run, from, TimeSpan.FromSeconds(run.Get(wait) ?? 0), ct)
                ?? throw new CommandFailedException(ExitCodes.NotFound, $"Nothing is queued on {from}.");
            if (run.Json) run.PrintJson(claim);
            else if (run.Quiet) run.Terminal.Out.WriteLine(claim.Lease.Token);
            else Write(run, claim);
            return ExitCodes.Ok;
        }, "cm claim shop/pool --wait 60", "cm claim shop/crew/ada --json | jq -r .lease.token", "cm work --hook shop/pool -- ./agent.sh        # claims, renews and reports by itself");
    }

    /// <summary>Asks again and again, each time for as long as the town lets one wait; null when there was nothing until then.</summary>
    public static async Task<ClaimResult?> ClaimAsync(Invocation run, string hook, TimeSpan patience, CancellationToken ct)
    {
        var since = run.Terminal.Clock.GetTimestamp();
        while (true)
        {
            var left = patience - run.Terminal.Clock.GetElapsedTime(since);
            var wait = left > LongestPoll ? LongestPoll : left;
            if (await run.Town.Claim(hook, wait > TimeSpan.Zero ? wait : null).SendAsync(ct) is { } claim) return claim;
            if (left <= LongestPoll) return null;
        }
    }

    static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(30);

    /// <summary>What was claimed, and how to go on.</summary>
    public static void Write(Invocation run, ClaimResult claim)
    {
        var (screen, a) = (run.Screen, claim.Assignment);
        screen.Line(new Span(claim.WorkItem.Id, "bold"), "  ", new Span(Text.Line(claim.WorkItem.Title), "bold"));
        screen.Field("attempt", $"{a.Attempt} of {a.MaxAttempts}");
        screen.Field("branch", a.BaseBranch is null ? null : $"{a.Branch} from {a.BaseBranch}");
        screen.Field("lease", $"fence {claim.Lease.Fence}, ends in {Text.Age(claim.Lease.Until - run.Now)} unless renewed");
        screen.Field("token", claim.Lease.Token);
        screen.Block("description", claim.WorkItem.Description);
        screen.Block("instructions", a.Args);
        screen.Block("feedback", a.Feedback);
        if (claim.Handoff is { } h) HandoffCommands.Write(screen, h);
        run.Say($"Then: cm done {claim.WorkItem.Id} --lease TOKEN, or cm handoff --lease TOKEN.");
    }

    /// <summary>The hook named, else the session's own.</summary>
    public static string HookOrOwn(Invocation run, string? named) => named ?? run.Session("CM_AGENT")
        ?? throw new CommandFailedException(ExitCodes.Usage, "Name the hook: an agent such as shop/crew/ada, or a pool such as shop/pool. (Inside an agent's session it is known by itself.)");
}
