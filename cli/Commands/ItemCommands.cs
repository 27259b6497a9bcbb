using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>create</c>, <c>list</c>, <c>ready</c>, <c>show</c>.</summary>
static class ItemCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CreateItem.Make(cli), List(cli), Ready(cli), Show(cli)];

    static Command List(CommandLine cli)
    {
        var rig = Symbols.Rig();
        var state = Symbols.Value("--state", "STATES", "Only these states, separated by commas: open, hooked, in_progress, parked, submitted, closed.", "-s");
        var type = Symbols.Choice<WorkItemType>("--type", "Only this type.", "-t");
        var label = Symbols.Value("--label", "LABEL", "Only with this label.", "-l");
        var assignee = Symbols.Value("--assignee", "AGENT", "Only what this agent has.", "-a");
        var convoy = Symbols.Value("--convoy", "CONVOY", "Only of this convoy.");
        var parent = Symbols.Value("--parent", "ITEM", "Only children of this item.");
        var text = Symbols.Value("--text", "TEXT", "Only with this in title or description.");
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("list", "List work items, the newest first.", [rig, state, type, label, assignee, convoy, parent, text, limit, after],
            (run, ct) => run.ShowAsync(run.Town.WorkItems(new WorkItemQuery(
                Rig: run.Get(rig), State: run.Get(state), Type: run.Get(type) is { } t ? Text.Wire(t) : null, Label: run.Get(label), Assignee: run.Get(assignee),
                Convoy: run.Get(convoy), Parent: run.Get(parent), Text: run.Get(text), After: run.Get(after), Limit: run.Get(limit))),
                page => Write(run, page, "Nothing matches."), Ids, ct),
            "cm list --rig shop --state open,hooked",
            "cm list --assignee shop/polecats/nux",
            "cm list --json --limit 500 | jq -r '.items[].id'");
    }

    static Command Ready(CommandLine cli)
    {
        var rig = Symbols.Rig();
        var label = Symbols.Value("--label", "LABEL", "Only with this label.", "-l");
        var (limit, after) = (Symbols.Limit(), Symbols.After());
        return cli.Verb("ready", "What could be begun now, in the order in which it should be.", [rig, label, limit, after],
            (run, ct) => run.ShowAsync(run.Town.WorkItems(new WorkItemQuery(Ready: true, Rig: run.Get(rig), Label: run.Get(label), After: run.Get(after), Limit: run.Get(limit))),
                page => Write(run, page, "Nothing is ready. `cm list --state open` shows what is open, `cm dep tree ITEM` what it waits for."), Ids, ct),
            "cm ready",
            "cm sling $(cm ready --rig shop --limit 1 --quiet) shop/pool");
    }

    static Command Show(CommandLine cli)
    {
        var item = Symbols.OwnItem();
        var events = Symbols.Flag("--events", "Also its part of the trail.", "-e");
        return cli.Verb("show", "A work item: its state, what it waits for, who has it, what came of it.", [item, events], async (run, ct) =>
        {
            var id = run.ItemOrOwn(item);
            var code = await run.ShowAsync(run.Town.WorkItem(id), detail => ItemScreen.Write(run.Screen, detail, run.Now), d => d.Id, ct);
            if (run.Json || run.Quiet) return code;
            if ((await run.Town.Comments(id, limit: 50).SendAsync(ct)).Items is { Count: > 0 } comments) ItemScreen.Comments(run.Screen, comments, run.Now);
            if (run.Get(events)) await EventsCommand.WritePageAsync(run, run.Town.WorkItemEvents(id, limit: 500), "Trail", ofOneItem: true, ct);
            return code;
        }, "cm show sh-x7k2m", "cm show sh-x7k2m --events", "cm show                # inside an agent's session: its own item");
    }

    static string Ids(Page<WorkItemSnapshot> page) => string.Join('\n', page.Items.Select(i => i.Id));

    static void Write(Invocation run, Page<WorkItemSnapshot> page, string nothing)
    {
        if (page.Items.Count == 0)
        {
            run.Say(nothing);
            return;
        }
        var table = new Table("ID", "P", "STATE", "TYPE", "AGENT", "TITLE");
        foreach (var i in page.Items)
            table.Add(new Span(i.Id, "bold"), $"{i.Priority}", Styles.Of(i.State, i.Ready), i.Type == WorkItemType.Task ? "" : Text.Wire(i.Type), i.AssignedAgentId ?? (i.State == WorkItemState.Closed ? null : i.HookId), i.Title);
        table.Write(run.Screen);
        run.SayNext(page.Next);
    }

    /// <summary>How to see the rest of a list.</summary>
    public static void SayNext(this Invocation run, string? next)
    {
        if (next is not null) run.Say($"There is more: repeat with --after {next}");
    }
}
