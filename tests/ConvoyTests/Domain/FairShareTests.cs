using ClaudeManage.Convoy.Domain;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeManage.ConvoyTests.Domain;

/// <summary>Who is slung next.</summary>
public sealed class FairShareTests
{
    static readonly DateTimeOffset Moment = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    static Share Share(string id, int running = 0, int? max = null, int since = 0) => new(id, running, max, Moment.AddMinutes(since));

    static Candidate Ready(string convoy, string item, double rank = 1, string rig = "shop", int priority = 2) => new(convoy, item, rig, rank, priority);

    static IEnumerable<string> Pick(int places, IReadOnlyCollection<Share> shares, params Candidate[] ready) => FairShare.Pick(shares, ready, new Dictionary<string, int> { ["shop"] = places }).Select(p => p.WorkItemId);

    [Fact]
    public void The_longest_chain_goes_first_then_priority() =>
        Assert.Equal(["b", "c", "a"], Pick(9, [Share("x")], Ready("x", "a"), Ready("x", "b", 5), Ready("x", "c", priority: 0)));

    [Fact]
    public void A_large_convoy_does_not_stand_before_a_small_one() =>
        Assert.Equal(["a1", "b1", "a2"], Pick(3, [Share("a"), Share("b", since: 1)], Ready("a", "a1", 9), Ready("a", "a2", 9), Ready("a", "a3", 9), Ready("b", "b1")));

    [Fact]
    public void Who_has_least_under_way_is_next() => Assert.Equal(["b1", "b2", "a1"], Pick(3, [Share("a", running: 2), Share("b")], Ready("a", "a1"), Ready("a", "a2"), Ready("b", "b1"), Ready("b", "b2"), Ready("b", "b3")));

    [Fact]
    public void A_full_rig_does_not_hold_up_another()
    {
        var picks = FairShare.Pick([Share("a")], [Ready("a", "a1", 9, "full"), Ready("a", "a2", 1, "free")], new Dictionary<string, int> { ["full"] = 0, ["free"] = 1 });
        Assert.Equal("a2", Assert.Single(picks).WorkItemId);
    }

    [Fact]
    public void No_bound_is_passed_nothing_is_picked_twice_and_nobody_waits_beside_a_free_place() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(
        Gen.Choose(0, 2).SelectMany(c => Gen.Choose(0, 9).SelectMany(i => Gen.Choose(0, 1).SelectMany(r => Gen.Choose(0, 3).Select(rank => (c, i, r, rank))))).ListOf().ToArbitrary(),
        Gen.Choose(0, 4).ArrayOf(8).ToArbitrary(), (rows, numbers) =>
    {
        var shares = Enumerable.Range(0, 3).Select(n => Share($"c{n}", numbers[n], numbers[n + 3] == 0 ? null : numbers[n + 3], n)).ToList();
        var ready = rows.DistinctBy(r => (r.c, r.i)).Select(r => Ready($"c{r.c}", $"i{r.i}", r.rank, $"r{r.i % 2}")).ToList();
        var free = new Dictionary<string, int> { ["r0"] = numbers[6], ["r1"] = numbers[7] };
        var picks = FairShare.Pick(shares, ready, free);
        Assert.Equal(picks.Count, picks.Select(p => p.WorkItemId).Distinct().Count());
        Assert.All(picks, p => Assert.Contains(p, ready));
        foreach (var rig in free) Assert.True(picks.Count(p => p.RigId == rig.Key) <= rig.Value);
        foreach (var share in shares)
        {
            var own = share.Running + picks.Count(p => p.ConvoyId == share.ConvoyId);
            Assert.True(share.Max is null || own <= Math.Max(share.Max.Value, share.Running));
            var left = ready.Where(r => r.ConvoyId == share.ConvoyId && picks.All(p => p.WorkItemId != r.WorkItemId) && picks.Count(p => p.RigId == r.RigId) < free[r.RigId]);
            if (share.Max is null || own < share.Max) Assert.Empty(left);
        }
        return true;
    }));
}
