using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary>Deadline, budget and who is told; and what has happened so far.</summary>
static partial class ConvoyCommands
{
    static Option<DateTimeOffset?> Deadline() => new("--deadline") { Description = "When it should have landed.", HelpName = "TIME" };

    static Option<decimal?> Budget() => new("--budget") { Description = "USD that its sessions may cost; once they are spent nothing more is slung.", HelpName = "USD" };

    static Option<string[]> Notify() => new("--notify") { Description = "Whose inbox hears how it goes, or webhook for the town's own; may be given again.", HelpName = "ADDRESS", Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = true };

    static IReadOnlyList<string>? Named(string[]? addresses) => addresses is { Length: > 0 } ? addresses : null;

    static Command Set(CommandLine cli)
    {
        var convoy = Convoy();
        var (name, goal) = (Symbols.Value("--name", "TEXT", "What it is about."), Symbols.Value("--goal", "TEXT", "What is to be reached.", "-g"));
        var (deadline, budget, notify) = (Deadline(), Budget(), Notify());
        var parallel = new Option<int?>("--max-parallel") { Description = "Items on hooks at once, 1 to 500.", HelpName = "N" };
        var stall = new Option<int?>("--stall-after") { Description = "Seconds without any move that are a stall.", HelpName = "SECONDS" };
        var (noDeadline, noBudget, noBound) = (Symbols.Flag("--no-deadline", "It may take as long as it takes."), Symbols.Flag("--no-budget", "It may cost what it costs."), Symbols.Flag("--no-max-parallel", "As many on hooks as the rigs take."));
        return cli.Verb("set", "Change a convoy's terms. More budget, and it slings again.", [convoy, name, goal, deadline, budget, parallel, stall, notify, noDeadline, noBudget, noBound], (run, ct) =>
        {
            List<ConvoyTerm> clear = [];
            if (run.Get(noDeadline)) clear.Add(ConvoyTerm.Deadline);
            if (run.Get(noBudget)) clear.Add(ConvoyTerm.Budget);
            if (run.Get(noBound)) clear.Add(ConvoyTerm.MaxParallel);
            return run.ShowAsync(run.Town.UpdateConvoy(run.Get(convoy), new UpdateConvoyRequest(run.Get(name), run.Get(goal), run.Get(deadline), run.Get(budget), run.Get(parallel), run.Get(stall),
                Named(run.Get(notify)), clear.Count == 0 ? null : clear)), c => Line(run, c), c => c.Id, ct);
        }, "cm convoy set hq-cv-x7k2m --budget 60", "cm convoy set hq-cv-x7k2m --deadline 2026-12-24T18:00Z --notify overseer --notify mayor");
    }

    static Command Timeline(CommandLine cli)
    {
        var (convoy, limit, after) = (Convoy(), Symbols.Limit(), Symbols.After());
        return cli.Verb("timeline", "What happened to a convoy and its items, the newest first.", [convoy, limit, after], (run, ct) =>
            run.ShowAsync(run.Town.ConvoyTimeline(run.Get(convoy), run.Get(after), run.Get(limit)), page =>
            {
                var table = new Table("WHEN", "WHAT", "ITEM", "BY", "DETAIL");
                foreach (var t in page.Items) table.Add($"{t.At:u}", t.What, t.WorkItemId ?? "", t.Actor ?? "", Text.Line(t.Detail));
                table.Write(run.Screen);
                run.SayNext(page.Next);
            }, page => string.Join('\n', page.Items.Select(t => t.Number)), ct), "cm convoy timeline hq-cv-x7k2m");
    }

    static Command Watch(CommandLine cli)
    {
        var convoy = Convoy();
        return cli.Verb("watch", "What happens to a convoy, until it lands (exit code 0) or is cancelled (1).", [convoy], async (run, ct) =>
        {
            var (id, query) = (run.Get(convoy), new EventQuery(Convoy: run.Get(convoy)));
            // Where the trail is before the state is read: a landing in between is seen in one of the two.
            var position = await run.Town.TrailPositionAsync(ct);
            var now = await run.Town.Convoy(id).SendAsync(ct);
            if (run.Json) run.PrintJson(now);
            else Line(run, now.Id, now.State, now.Paused, now.Progress, now.Name);
            if (now.State == ConvoyState.Landed) return ExitCodes.Ok;
            if (now.State == ConvoyState.Cancelled) return ExitCodes.Refused;
            await foreach (var entry in run.Town.FollowEventsAsync(position, query, ct: ct))
            {
                if (run.Json) run.PrintJson(entry);
                else EventsCommand.Write(run.Screen, entry, ofOneItem: false);
                await run.Terminal.Out.FlushAsync(ct);
                if (entry.EventType == ConvoyLanded.Type) return ExitCodes.Ok;
                if (entry.EventType == ConvoyCancelled.Type) return ExitCodes.Refused;
            }
            return ExitCodes.Ok;
        }, "cm convoy watch hq-cv-x7k2m");
    }

    static void Terms(Screen screen, ConvoyDetail c)
    {
        if (c.CostUsd > 0 || c.BudgetUsd is not null) screen.Field("cost", FormattableString.Invariant($"{c.CostUsd:0.00}{(c.BudgetUsd is { } budget ? $" of {budget:0.00}" : "")} USD"));
        if (c.ClosedPerHour is { } rate) screen.Field("rate", FormattableString.Invariant($"{rate:0.#} items an hour"));
        if (c.Forecast is { } f) screen.Field("lands", new Span($"about {f.Expected:u} ({f.Earliest:u} to {f.Latest:u})", f.Late ? "yellow" : null));
        if (c.Deadline is { } deadline) screen.Field("deadline", $"{deadline:u}");
        if (c.Notify is { Count: > 0 } notify) screen.Field("tells", string.Join(", ", notify));
    }
}
