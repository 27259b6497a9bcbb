using ClaudeManage.Work.Domain;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeManage.WorkTests;

public sealed class RuleTests
{
    static readonly DateTimeOffset Now = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    static readonly Gen<(int, int)[]> Graphs =
        from size in Gen.Choose(2, 9)
        from edges in Gen.Choose(0, size - 1).Two().Select(e => (e.Item1, e.Item2)).ArrayOf()
        select edges;

    [Fact]
    public void A_cycle_is_found_exactly_when_the_target_reaches_the_item() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        Graphs.ToArbitrary(), graph =>
        {
            foreach (var (from, to) in graph.Append((0, 1)))
            {
                var edges = graph.Select(e => new WaitsFor($"i{e.Item1}", $"i{e.Item2}")).ToList();
                var path = Find($"i{from}", $"i{to}", edges);
                if ((path is not null) != Reaches(to, from, graph)) return false;
                if (path is not null && !IsCircle(path, [.. edges, new WaitsFor($"i{from}", $"i{to}")])) return false;
            }
            return true;
        }));

    [Fact]
    public void A_cycle_among_new_edges_is_found_exactly_when_there_is_one() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        Graphs.ToArbitrary(), graph =>
        {
            var edges = graph.Where(e => e.Item1 != e.Item2).Select(e => new WaitsFor($"i{e.Item1}", $"i{e.Item2}")).ToList();
            var path = CycleSearch.FindAmong(edges);
            var expected = graph.Any(e => e.Item1 != e.Item2 && Reaches(e.Item2, e.Item1, [.. graph.Where(g => g.Item1 != g.Item2)]));
            return (path is not null) == expected && (path is null || IsCircle(path, edges));
        }));

    [Fact]
    public async Task An_item_nobody_waits_for_costs_two_looks_however_deep_the_other_end()
    {
        var looks = 0;
        Task<IReadOnlyList<WaitsFor>> Leaving(IReadOnlyCollection<string> ids)
        {
            Assert.True(++looks <= 2);
            return Task.FromResult<IReadOnlyList<WaitsFor>>([.. ids.Select(i => new WaitsFor(i, i + "x"))]);      // endless
        }
        var path = await CycleSearch.FindAsync("new", "deep", Leaving, _ => Task.FromResult<IReadOnlyList<WaitsFor>>([]));
        Assert.Null(path);
        Assert.Equal(1, looks);
    }

    [Fact]
    public void A_level_of_priority_is_worth_a_day_and_no_more()
    {
        Assert.True(Ageing.Rank(0, Now) < Ageing.Rank(1, Now.AddHours(-23)));
        Assert.True(Ageing.Rank(4, Now.AddDays(-4).AddMinutes(-1)) < Ageing.Rank(0, Now));
        Assert.True(Ageing.Rank(2, Now) < Ageing.Rank(2, Now.AddMicroseconds(1)));
    }

    [Fact]
    public void The_hash_covers_every_field_and_its_borders()
    {
        var link = new TrailLink(7, Guid.Empty, "a.b", "overseer", "sh-1", "shop", "m", "c", Now, Now, "{}");
        TrailLink[] others =
        [
            link with { Sequence = 8 }, link with { EventId = Guid.NewGuid() }, link with { EventType = "a.c" }, link with { Actor = "mayor" }, link with { WorkItemId = "sh-2" },
            link with { WorkItemId = null }, link with { RigId = "bar" }, link with { WorkflowInstanceId = null }, link with { ConvoyId = "d" },
            link with { EmittedAt = Now.AddMicroseconds(1) }, link with { RecordedAt = Now.AddMicroseconds(1) }, link with { Payload = "{ }" },
            link with { WorkflowInstanceId = "mc", ConvoyId = "" }, link with { WorkflowInstanceId = "", ConvoyId = "mc" },
        ];
        var hashes = others.Select(l => TrailHash.Of(l, TrailHash.Origin)).Append(TrailHash.Of(link, TrailHash.Origin)).Append(TrailHash.Of(link, new string('1', 64))).ToList();
        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        Assert.Equal(TrailHash.Of(link, TrailHash.Origin), TrailHash.Of(link with { }, TrailHash.Origin));
    }

    [Fact]
    public void The_critical_path_is_the_longest_by_estimate()
    {
        (string, string)[] edges = [("end", "long"), ("end", "short"), ("short", "a"), ("a", "b"), ("long", "b")];
        var waits = edges.ToLookup(e => e.Item1, e => e.Item2);
        Assert.Equal(["b", "long", "end"], CriticalPath.To("end", waits, new Dictionary<string, int?> { ["long"] = 500 }));
        Assert.Equal(["b", "a", "short", "end"], CriticalPath.To("end", waits, new Dictionary<string, int?>()));
        Assert.Equal(["alone"], CriticalPath.To("alone", waits, new Dictionary<string, int?>()));
    }

    static IReadOnlyList<string>? Find(string item, string target, List<WaitsFor> edges) => CycleSearch.FindAsync(item, target,
        ids => Task.FromResult<IReadOnlyList<WaitsFor>>([.. edges.Where(e => ids.Contains(e.Item))]),
        ids => Task.FromResult<IReadOnlyList<WaitsFor>>([.. edges.Where(e => ids.Contains(e.Target))])).GetAwaiter().GetResult();

    static bool IsCircle(IReadOnlyList<string> path, List<WaitsFor> edges) =>
        path.Count >= 2 && path[0] == path[^1] && path.Zip(path.Skip(1)).All(s => edges.Contains(new WaitsFor(s.First, s.Second)));

    static bool Reaches(int from, int to, (int, int)[] graph)
    {
        var seen = new HashSet<int> { from };
        for (var grown = true; grown;) grown = graph.Where(e => seen.Contains(e.Item1)).ToList().Any(e => seen.Add(e.Item2));
        return seen.Contains(to);
    }
}
