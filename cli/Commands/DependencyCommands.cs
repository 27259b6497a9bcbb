using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>dep add</c>, <c>dep rm</c>, <c>dep tree</c>.</summary>
static class DependencyCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("dep", "What waits for what.", Add(cli), Remove(cli), Tree(cli))];

    static Command Add(CommandLine cli)
    {
        var (item, target) = (Symbols.Item("The item that waits."), new Argument<string>("target") { Description = "The item it waits for." });
        var type = Symbols.Choice<DependencyType>("--type", "Kind of dependency (default blocks).", "-t");
        return cli.Verb("add", "Let an item wait for another. A circle is refused, with its path.", [item, target, type],
            (run, ct) => run.ShowAsync(run.Town.AddDependency(run.Get(item), new AddDependency(run.Get(target), run.Get(type) ?? DependencyType.Blocks)),
                i => run.Screen.Line(new Span(i.Id, "bold"), $" depends on {run.Get(target)}; it is ", Styles.Of(i.State, i.Ready)), i => i.Id, ct),
            "cm dep add sh-x7k2m sh-a1b2c           # sh-x7k2m waits for sh-a1b2c",
            "cm dep add sh-x7k2m sh-a1b2c --type related");
    }

    static Command Remove(CommandLine cli)
    {
        var (item, target) = (Symbols.Item("The item that waits."), new Argument<string>("target") { Description = "The item it no longer waits for." });
        return cli.Verb("rm", "Take a dependency away.", [item, target],
            (run, ct) => run.ShowAsync(run.Town.RemoveDependency(run.Get(item), run.Get(target)),
                i => run.Screen.Line(new Span(run.Get(item), "bold"), $" no longer depends on {run.Get(target)}", i is null ? "" : "; it is ", i is null ? "" : Styles.Of(i.State, i.Ready)), _ => run.Get(item), ct),
            "cm dep rm sh-x7k2m sh-a1b2c");
    }

    static Command Tree(CommandLine cli)
    {
        var item = Symbols.OwnItem();
        var up = Symbols.Flag("--up", "What waits for it, instead of what it waits for.");
        return cli.Verb("tree", "What an item waits for, at whatever distance, and the critical path.", [item, up],
            (run, ct) => run.ShowAsync(run.Town.WorkItemGraph(run.ItemOrOwn(item)), graph => Write(run.Screen, graph, run.Get(up)), g => g.Id, ct),
            "cm dep tree sh-x7k2m", "cm dep tree sh-x7k2m --up");
    }

    static void Write(Screen screen, WorkItemGraph graph, bool up)
    {
        var nodes = graph.Nodes.ToDictionary(n => n.Id);
        var next = graph.Edges.Where(e => e.Type is DependencyType.Blocks or DependencyType.ParentChild)
            .ToLookup(e => up ? e.To : e.From, e => (Id: up ? e.From : e.To, e.Type));
        var seen = new HashSet<string>();
        Branch(graph.Id, "", "", DependencyType.Blocks);
        if (graph.CriticalPath.Count > 1) screen.Line(new Span("critical path  ", "grey"), string.Join(" → ", graph.CriticalPath));
        if (graph.Truncated) screen.Line(new Span("The graph is larger than is shown.", "yellow"));

        void Branch(string id, string here, string below, DependencyType type)
        {
            var n = nodes.GetValueOrDefault(id);
            var again = !seen.Add(id) && next[id].Any();
            var about = $"  {Text.Line(n?.Title)}{(type == DependencyType.ParentChild ? " (parent)" : "")}{(again ? " (see above)" : "")}";
            var state = n?.State is { } s ? Styles.Of(s, n.Ready) : new Span("not known here", "yellow");
            var left = Text.Width(here) + id.Length + state.Text.Length + 3;
            screen.Line(new Span(here, "grey"), new Span(id, "bold"), "  ", state, screen.Width == int.MaxValue ? about : Text.Cut(about, Math.Max(10, screen.Width - left)));
            if (again) return;
            var all = next[id].DistinctBy(c => c.Id).OrderBy(c => c.Id, StringComparer.Ordinal).ToList();
            for (var i = 0; i < all.Count; i++) Branch(all[i].Id, below + (i == all.Count - 1 ? "└─ " : "├─ "), below + (i == all.Count - 1 ? "   " : "│  "), all[i].Type);
        }
    }
}
