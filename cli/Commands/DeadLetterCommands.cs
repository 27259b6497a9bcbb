using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>dead-letters list</c>, <c>show</c>, <c>replay</c>, <c>discard</c>.</summary>
static class DeadLetterCommands
{
    public static IEnumerable<Command> All(CommandLine cli) =>
        [CommandLine.Group("dead-letters", "Messages between the services that one of them gave up on.", List(cli), Show(cli), Replay(cli), Discard(cli))];

    static Option<string?> Service(string description)
    {
        var option = Symbols.Value("--service", "SERVICE", description, "-s");
        option.CompletionSources.Add(_ => TownClient.Services.Select(s => new System.CommandLine.Completions.CompletionItem(s)));
        return option;
    }

    static Argument<string> Which(string description) => new("letter") { Description = description };

    static Command List(CommandLine cli)
    {
        var service = Service("Only this service's.");
        return cli.Verb("list", "What was given up on, grouped by cause, with the work items it strands.", [service], async (run, ct) =>
        {
            var (lists, silent) = await ReadAsync(run, run.Get(service), ct);
            var total = lists.Sum(l => l.Total);
            if (run.Json) run.PrintJson(new { total, services = lists, silent });
            else if (run.Quiet) foreach (var (s, g) in Groups(lists)) run.Screen.Line($"{s}/{g.Key}");
            else if (total == 0 && silent.Count == 0) run.Say("No dead letters.");
            else
            {
                var table = new Table("GROUP", "COUNT", "LAST", "ENDPOINT", "MESSAGE", "ITEMS", "CAUSE");
                foreach (var (s, g) in Groups(lists))
                    table.Add(new Span($"{s}/{g.Key}", "bold"), $"{g.Count}", Text.Age(run.Now - g.LastAt), g.Endpoint, g.MessageType ?? "unreadable", Items(g.WorkItemIds), new Span(g.Cause, "red"));
                table.Write(run.Screen);
                foreach (var l in lists.Where(l => l.Total > l.Groups.Sum(g => g.Count))) run.Say($"{l.Service} has {l.Total} in all; these are the newest.");
                run.Say("`cm dead-letters show GROUP` lists a group's letters; `replay` delivers them again once the cause is repaired.");
            }
            foreach (var (name, why) in silent) run.Say($"{name} was not asked: {why}");
            // Not having looked everywhere is no good news.
            return silent.Count == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        }, "cm dead-letters list", "cm dead-letters list --service hook --json | jq '.services[].groups[].cause'");
    }

    /// <summary>What everybody has, or one service with all its nodes, and who does not answer, with the reason.</summary>
    static async Task<(IReadOnlyList<DeadLetterList> Lists, IReadOnlyDictionary<string, string> Silent)> ReadAsync(Invocation run, string? service, CancellationToken ct)
    {
        var silent = new Dictionary<string, string>();
        IReadOnlyList<string> keepers;
        try { keepers = await run.Town.DeadLetterKeepersAsync(ct); }
        catch (TownProblemException e) when (e.Status >= 500) { keepers = TownClient.Services; }      // Hook knows the nodes, and is one of those that may be away
        if (service is not null) keepers = keepers.Where(k => k.Split('@')[0] == service).ToList() is { Count: > 0 } its ? its : [service];
        var answers = await Task.WhenAll(keepers.Select(async s =>
        {
            try { return await run.Town.DeadLetters(s).SendAsync(ct) with { Service = s }; }
            catch (TownProblemException e) when (keepers.Count > 1 && (e.Status >= 500 || e.Code == "node-needed"))
            {
                lock (silent) silent[s] = e.Detail;
                return null;
            }
        }));
        return ([.. answers.OfType<DeadLetterList>()], silent);
    }

    static IEnumerable<(string Service, DeadLetterGroup Group)> Groups(IEnumerable<DeadLetterList> lists) => lists.SelectMany(l => l.Groups.Select(g => (l.Service, g)));

    static string Items(IReadOnlyList<string> ids) => ids.Count <= 3 ? string.Join(", ", ids) : $"{string.Join(", ", ids.Take(3))} and {ids.Count - 3} more";

    static Command Show(CommandLine cli)
    {
        var (which, service) = (Which("A letter, e.g. hook/12 or supervisor@node-1/3, or a group, e.g. hook/g3f2a…."), Service("The service, when the letter is given by its number alone."));
        return cli.Verb("show", "A dead letter with its message and what went wrong, or the letters of a group.", [which, service], async (run, ct) =>
        {
            var (from, id) = Place(run, run.Get(which), run.Get(service));
            if (long.TryParse(id, out var number)) return await run.ShowAsync(run.Town.DeadLetter(from, number), d => Write(run, from, d), d => $"{d.Letter.MessageId}", ct);
            var group = (await run.Town.DeadLetters(from).SendAsync(ct)).Groups.FirstOrDefault(g => g.Key == id)
                ?? throw new CommandFailedException(ExitCodes.NotFound, $"{from} has no group {id} of dead letters (any more). `cm dead-letters list` shows the groups.");
            if (run.Json) run.PrintJson(group);
            else if (run.Quiet) foreach (var l in group.Letters) run.Screen.Line($"{from}/{l.Id}");
            else Write(run, from, group);
            return ExitCodes.Ok;
        }, "cm dead-letters show hook/g3f2a1b4c5d6", "cm dead-letters show hook/12", "cm dead-letters show 12 --service hook --json | jq -r .body | jq .message");
    }

    static void Write(Invocation run, string service, DeadLetterGroup group)
    {
        run.Screen.Line(new Span(group.Endpoint, "bold"), $"  {group.MessageType ?? "unreadable"}  ", new Span(Text.Line(group.Cause), "red"));
        var table = new Table("LETTER", "AGE", "TRIES", "ITEM", "MESSAGE ID");
        foreach (var l in group.Letters) table.Add(new Span($"{service}/{l.Id}", "bold"), Text.Age(run.Now - l.At), $"{l.Attempts + 1}", l.WorkItemId ?? "", $"{l.MessageId}");
        table.Write(run.Screen);
        if (group.Letters.Count < group.Count) run.Say($"{group.Count} in all; these are the newest.");
    }

    static void Write(Invocation run, string service, DeadLetterDetail d)
    {
        var (screen, l) = (run.Screen, d.Letter);
        screen.Line(new Span($"{service}/{l.Id}", "bold"), $"  {l.MessageType ?? "unreadable"} for {l.Endpoint}");
        screen.Field("work item", l.WorkItemId);
        screen.Field("given up", $"{Text.Age(run.Now - l.At)} ago, after {Text.Count(l.Attempts + 1, "delivery", "deliveries")}");
        screen.Field("message id", $"{l.MessageId}");
        screen.Field("group", $"{service}/{l.Group}");
        if (!l.Replayable) screen.Field("replay", new Span("not possible; it can only be discarded", "yellow"));
        screen.Block("what went wrong", d.Exception);
        screen.Block("message", d.Body);
    }

    static Command Replay(CommandLine cli)
    {
        var (which, service) = (Which("A letter (hook/12) or a whole group (hook/g3f2a…)."), Service("The service, when it is not part of the letter."));
        return cli.Verb("replay", "Deliver again, to the endpoint that gave up and to nobody else. What had its effect already has no second one.", [which, service], (run, ct) =>
        {
            var (from, id) = Place(run, run.Get(which), run.Get(service));
            return run.ShowAsync(run.Town.ReplayDeadLetters(from, id), done => run.Screen.Line($"delivered again: {Text.Count(done.Count, "message")}"), done => $"{done.Count}", ct);
        }, "cm dead-letters replay hook/g3f2a1b4c5d6", "cm dead-letters replay 12 --service hook");
    }

    static Command Discard(CommandLine cli)
    {
        var (which, service, reason) = (Which("A letter (hook/12) or a whole group (hook/g3f2a…)."), Service("The service, when it is not part of the letter."), Symbols.Reason());
        return cli.Verb("discard", "Throw away for good. The trail keeps that it was done, by whom and why.", [which, service, reason], (run, ct) =>
        {
            var (from, id) = Place(run, run.Get(which), run.Get(service));
            return run.ShowAsync(run.Town.DiscardDeadLetters(from, id, run.Get(reason)), done => run.Screen.Line($"discarded: {Text.Count(done.Count, "message")}"), done => $"{done.Count}", ct);
        }, "cm dead-letters discard hook/12 --reason \"the rig is gone\"");
    }

    static (string Service, string Id) Place(Invocation run, string letter, string? service) => letter.Split('/') switch
    {
        [{ Length: > 0 } of, { Length: > 0 } id] when service is null || service == of => (of, id),
        [{ Length: > 0 } id] when service is not null => (service, id),
        _ => throw new CommandFailedException(ExitCodes.Usage, $"'{letter}' is no letter. Say SERVICE/NUMBER or SERVICE/GROUP as `cm dead-letters list` shows them, or add --service."),
    };
}
