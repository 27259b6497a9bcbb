namespace ClaudeManage.Journeys.Chaos;

/// <summary>The checker finds what it is there to find.</summary>
public class HistoryCheckerTests
{
    const string Worker = "shop/crew/ada";

    readonly History _history = new();

    /// <summary>Two items; one was leased twice because the first holder overslept.</summary>
    TownView Good()
    {
        _history.Creations.Enqueue(new Created("sh-1", "one"));
        _history.Creations.Enqueue(new Created("sh-2", "two"));
        _history.Grants.Enqueue(new Granted("sh-1", 1, Worker, 1, 2));
        _history.Grants.Enqueue(new Granted("sh-2", 1, Worker, 3, 4));
        _history.Grants.Enqueue(new Granted("sh-2", 2, Worker, 7, 8));
        _history.Add(new Finished("sh-1", 1, Worker, 5, 6, false, 1, false));
        _history.Add(new Finished("sh-2", 1, Worker, 9, 10, true, null, false));
        _history.Add(new Finished("sh-2", 2, Worker, 11, 12, false, 2, true));
        return new TownView(
            [new("sh-1", "one", true, 1, Worker), new("sh-2", "two", true, 2, Worker)],
            [
                Event(1, "lease.granted", "sh-1", 1), Event(2, "lease.granted", "sh-2", 1), Event(3, "assignment.completed", "sh-1", 1), Event(4, "work-item.closed", "sh-1"),
                Event(5, "lease.granted", "sh-2", 2), Event(6, "assignment.completed", "sh-2", 2), Event(7, "work-item.closed", "sh-2"), Event(8, "convoy.landed", null) with { Convoy = "hq-cv-1" },
                Event(9, "assignment.exhausted", "shx-1"),
            ],
            [new("hq-cv-1", true)], null, [], [new("exhausted:shx-1", 1)]);
    }

    static SeenEvent Event(long sequence, string type, string? item, long? fence = null) => new(sequence, Guid.NewGuid(), type, item, null, fence, DateTimeOffset.UnixEpoch.AddSeconds(sequence));

    [Fact]
    public void A_history_in_which_every_promise_held_has_no_findings() => Assert.Empty(HistoryChecker.Check(_history, Good()));

    [Fact]
    public void A_lost_item_is_found()
    {
        var town = Good();
        Finds("lost item: sh-2", town with { Items = [town.Items[0]] });
    }

    [Fact]
    public void A_doubled_item_is_found()
    {
        var town = Good();
        Finds("doubled item: \"two\"", town with { Items = [.. town.Items, new("sh-3", "two", true, null, null)] });
    }

    [Fact]
    public void A_completion_accepted_twice_is_found()
    {
        var town = Good();
        _history.Add(new Finished("sh-1", 1, Worker, 13, 14, false, 1, false));
        Finds("doubled completion: sh-1", town);
    }

    [Fact]
    public void A_completion_recorded_twice_is_found()
    {
        var town = Good();
        Finds("doubled completion: the trail has sh-1 closed 2 times", town with { Trail = [.. town.Trail, Event(10, "work-item.closed", "sh-1")] });
    }

    [Fact]
    public void A_lost_completion_is_found()
    {
        var town = Good();
        Finds("lost completion: sh-1", town with { Items = [town.Items[0] with { Closed = false }, town.Items[1]] });
    }

    [Fact]
    public void A_completion_under_another_fence_is_found()
    {
        var town = Good();
        Finds("wrong completion: sh-2", town with { Items = [town.Items[0], town.Items[1] with { Fence = 1 }] });
    }

    [Fact]
    public void A_fence_that_does_not_grow_is_found()
    {
        var town = Good();
        _history.Grants.Enqueue(new Granted("sh-1", 1, "shop/crew/bob", 13, 14));
        Finds("fence: sh-1", town);
    }

    [Fact]
    public void A_fence_that_does_not_grow_in_the_trail_is_found()
    {
        var town = Good();
        Finds("fence: the trail has the leases of sh-2", town with { Trail = [.. town.Trail, Event(10, "lease.granted", "sh-2", 2)] });
    }

    [Fact]
    public void News_that_came_late_is_no_finding()
    {
        var town = Good();
        var (first, second) = (town.Trail[1], town.Trail[4]);
        Assert.Empty(HistoryChecker.Check(_history, town with { Trail = [.. town.Trail.Select(e => e == first ? second with { Sequence = first.Sequence } : e == second ? first with { Sequence = second.Sequence } : e)] }));
    }

    [Fact]
    public void An_accepted_stale_token_is_found()
    {
        var town = Good();
        _history.Add(new Finished("sh-2", 1, Worker, 13, 14, true, 1, false));
        Finds("stale token: sh-2", town);
    }

    [Fact]
    public void A_token_accepted_after_a_newer_lease_is_found_also_when_its_holder_could_not_know()
    {
        var town = Good();
        _history.Add(new Finished("sh-2", 1, Worker, 13, 14, false, 1, false));
        Finds("stale token: sh-2 was accepted under 1 after a newer lease", town);
    }

    [Fact]
    public void A_hole_in_the_trail_is_found()
    {
        var town = Good();
        Finds("trail: place 3 holds sequence 4", town with { Trail = [.. town.Trail.Where(e => e.Sequence != 3)] });
    }

    [Fact]
    public void An_event_recorded_twice_is_found()
    {
        var town = Good();
        Finds("trail: event", town with { Trail = [.. town.Trail, town.Trail[0] with { Sequence = 10 }] });
    }

    [Fact]
    public void A_convoy_that_landed_twice_is_found()
    {
        var town = Good();
        Finds("convoy: hq-cv-1", town with { Trail = [.. town.Trail, town.Trail[7] with { Sequence = 10, Id = Guid.NewGuid() }] });
    }

    [Fact]
    public void An_effect_that_a_message_had_twice_or_never_is_found()
    {
        var town = Good();
        Finds("doubled effect: shx-1", town with { Incidents = [new("exhausted:shx-1", 2)] });
        Finds("lost effect: shx-1", town with { Incidents = [] });
    }

    void Finds(string what, TownView town) => Assert.Contains(HistoryChecker.Check(_history, town), f => f.StartsWith(what, StringComparison.Ordinal));
}
