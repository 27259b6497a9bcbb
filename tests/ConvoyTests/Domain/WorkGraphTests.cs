using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Domain;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeManage.ConvoyTests.Domain;

/// <summary>Waves, circles and chains of a convoy, against oracles that know only the words of the specification.</summary>
public sealed class WorkGraphTests
{
    const int Size = 9;

    /// <summary>Random items: a state, whether it is a member and an epic, a parent and blockers.</summary>
    static readonly Gen<(int State, int Kind, int Parent, int[] Blockers)[]> Towns =
        Gen.Choose(0, 5).SelectMany(state => Gen.Choose(0, 7).SelectMany(kind => Gen.Choose(-2 * Size, Size - 1).SelectMany(parent => Gen.Choose(0, Size - 1).ArrayOf(2).Select(blockers => (state, kind, parent, blockers))))).ArrayOf(Size);

    static string Id(int n) => $"sh-{n}";

    static PlanItem Item(string id, WorkItemState? state = WorkItemState.Open, string? parent = null, bool epic = false, bool trashed = false, string rig = "shop", params string[] blockers) =>
        new(id, rig, state, epic, trashed, parent, blockers);

    static WorkGraph Graph(params PlanItem[] items) => new(items, items.Select(i => i.Id));

    /// <summary>Parents come before their children, as Work has it; blockers may be anything.</summary>
    static List<PlanItem> Town((int State, int Kind, int Parent, int[] Blockers)[] rows) => [.. rows.Select((r, n) => Item(
        Id(n), r.State == 0 ? WorkItemState.Closed : WorkItemState.Open, r.Parent >= 0 && r.Parent < n ? Id(r.Parent) : null, r.Kind is 1 or 2, r.State == 1, "shop",
        [.. r.Blockers.Where(b => b != n && (r.Kind is 3 or 4 or 5)).Select(Id)]))];

    static List<string> Members((int State, int Kind, int Parent, int[] Blockers)[] rows) => [.. rows.Select((r, n) => (r, n)).Where(x => x.r.Kind is not (2 or 5)).Select(x => Id(x.n))];

    /// <summary>What an open item waits for, from the words alone.</summary>
    static IEnumerable<string> Oracle(string id, Dictionary<string, PlanItem> all)
    {
        var item = all[id];
        if (item.IsOver) yield break;
        if (item.Container) foreach (var child in all.Values.Where(c => c.ParentId == id && !c.IsOver)) yield return child.Id;
        for (var at = item; ; at = all[at.ParentId!])
        {
            foreach (var blocker in at.Blockers.Where(b => !all[b].IsOver)) yield return blocker;
            if (at.ParentId is null || all[at.ParentId].IsOver) yield break;
        }
    }

    static bool Reaches(string from, string to, Dictionary<string, PlanItem> all)
    {
        var (seen, stack) = (new HashSet<string>(), new Stack<string>(Oracle(from, all)));
        while (stack.TryPop(out var at))
        {
            if (at == to) return true;
            if (seen.Add(at)) foreach (var next in Oracle(at, all)) stack.Push(next);
        }
        return false;
    }

    [Fact]
    public void Waves_and_circles_are_those_of_the_oracle() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(Towns.ToArbitrary(), rows =>
    {
        var (items, members) = (Town(rows), Members(rows));
        var all = items.ToDictionary(i => i.Id);
        var graph = new WorkGraph(items, members);
        foreach (var item in items) Assert.Equal(Oracle(item.Id, all).Distinct().Order(), graph.WaitsFor(item.Id).Order());

        // Whoever is on a circle, or behind one, is in no wave.
        var onCircle = items.Where(i => Reaches(i.Id, i.Id, all)).Select(i => i.Id).ToHashSet();
        Assert.Equal(items.Where(i => onCircle.Contains(i.Id) || onCircle.Any(c => Reaches(i.Id, c, all))).Select(i => i.Id).Order(), graph.Circular.Order());
        var circles = graph.Circles();
        Assert.Equal(onCircle.Count > 0, circles.Count > 0);
        foreach (var circle in circles)
        {
            Assert.Equal(circle[0], circle[^1]);
            foreach (var (from, to) in circle.Zip(circle.Skip(1))) Assert.Contains(to, Oracle(from, all));
        }

        // An open member stands behind every open member that it waits for, directly or through others, and as early as that allows.
        var place = graph.Waves().SelectMany((wave, n) => wave.Select(id => (id, n))).ToDictionary(x => x.id, x => x.n);
        Assert.Equal(members.Where(m => !all[m].Trashed && !graph.Circular.Contains(m)).Order(), place.Keys.Order());
        foreach (var id in place.Keys.Where(id => !all[id].IsOver))
        {
            var before = members.Where(m => m != id && place.ContainsKey(m) && !all[m].IsOver && Reaches(id, m, all)).ToList();
            Assert.All(before, b => Assert.True(place[b] < place[id], $"{b} before {id}"));
            if (place[id] > 0 && items.All(i => !i.IsOver)) Assert.Contains(place[id] - 1, before.Select(b => place[b]));
        }
        return true;
    }));

    [Fact]
    public void The_longest_chain_is_as_long_as_the_longest_path() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Towns.ToArbitrary(), rows =>
    {
        var (items, members) = (Town(rows), Members(rows));
        var graph = new WorkGraph(items, members);
        double Weight(PlanItem item) => 1 + (item.Id[^1] - '0');
        double Longest(string id) => (graph.Members.Contains(id) && !graph[id].IsOver ? Weight(graph[id]) : 0) + graph.WaitsFor(id).Select(Longest).DefaultIfEmpty(0).Max();
        var path = Chains.Critical(graph, Weight);
        var best = graph.Open.Where(i => !graph.Circular.Contains(i.Id)).Select(i => Longest(i.Id)).DefaultIfEmpty(0).Max();
        Assert.Equal(best, path.Sum(p => Weight(graph[p])));
        foreach (var (first, then) in path.Zip(path.Skip(1))) Assert.True(Reaches(then, first, items.ToDictionary(i => i.Id)));
        var behind = Chains.Behind(graph, Weight);
        if (path.Count > 0) Assert.Equal(best, behind[path[0]]);
        return true;
    }));

    [Fact]
    public void Waves_are_layers_over_the_blockers_inside_and_through_what_lies_outside()
    {
        var graph = new WorkGraph([Item("c", blockers: ["a", "b"]), Item("a"), Item("b", blockers: ["far"]), Item("far", blockers: ["a"]), Item("d", blockers: ["c"])], ["a", "b", "c", "d"]);
        Assert.Equal([["a"], ["b"], ["c"], ["d"]], graph.Waves());
    }

    [Fact]
    public void A_closed_item_keeps_its_place()
    {
        var graph = Graph(Item("a", WorkItemState.Closed), Item("b", WorkItemState.Closed, blockers: ["a"]), Item("c", blockers: ["b"]));
        Assert.Equal([["a"], ["b"], ["c"]], graph.Waves());
        Assert.Equal(["c"], Chains.Critical(graph, _ => 1));
    }

    [Fact]
    public void A_blocked_parent_blocks_its_children_and_an_open_one_does_not()
    {
        Assert.Equal(["x"], Graph(Item("x"), Item("e", epic: true, blockers: ["x"]), Item("c", parent: "e")).WaitsFor("c"));
        Assert.Empty(Graph(Item("e", epic: true), Item("c", parent: "e")).WaitsFor("c"));
        Assert.Empty(Graph(Item("x"), Item("e", WorkItemState.Closed, epic: true, blockers: ["x"]), Item("c", parent: "e")).WaitsFor("c"));
    }

    [Fact]
    public void Who_waits_for_an_epic_waits_for_its_children_and_a_circle_through_its_end_is_found()
    {
        Assert.Equal([["c"], ["e"], ["w"]], Graph(Item("w", blockers: ["e"]), Item("e", epic: true), Item("c", parent: "e")).Waves());
        var circle = Assert.Single(Graph(Item("e", epic: true), Item("c", parent: "e", blockers: ["f"]), Item("f", epic: true), Item("d", parent: "f", blockers: ["e"])).Circles());
        Assert.Equal(["c", "f", "d", "e", "c"], circle);
    }
}
