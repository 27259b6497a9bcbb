using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.RefineryTests.Together;

/// <summary>The changes of a convoy land in all its rigs, or in none.</summary>
public sealed class JointLandingTests
{
    const string NothingBroken = "! grep -rq --exclude-dir=.git broken .";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Proved_each_on_its_own_branch_they_wait_and_ordered_they_land_in_both_rigs(bool postgres)
    {
        await using var town = await JointTown.OnPostgresAsync(postgres, NothingBroken);
        Assert.Equal(1, Assert.Single(town.Town.Host.Probe.Of<MergesHeld>()).Number);
        var (shop, pay) = await town.ProveBothAsync();
        Assert.Equal(("", ""), await town.LandedAsync());
        Assert.Contains("the others of its convoy", shop.WaitingFor);
        Assert.Equal((MergeStrategy.Squash, 2), (shop.Strategy, town.Told(MergeProved.Type)));

        await town.OrderAsync(1, shop, pay);
        await town.OverAsync(1);
        var (inShop, inPay) = (await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Merged), await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Merged));
        Assert.Equal((inShop.MergedCommit!, inPay.MergedCommit!), await town.LandedAsync());
        Assert.Equal((1, 2, 1, 0, 2), (town.Told(LandingBegun.Type), town.Told(LandingMoved.Type), town.Told(LandingCompleted.Type), town.Told(LandingFailed.Type), town.Told(MergeSucceeded.Type)));
        Assert.False(await town.Shop.ExistsAsync("cm/sh-aaaaa/1"));
        Assert.False(await town.Pay.ExistsAsync("cm/pa-bbbbb/1"));
    }

    [Fact]
    public async Task An_order_told_twice_or_overtaken_does_nothing_more()
    {
        await using var town = await JointTown.StartAsync();
        var (shop, pay) = await town.ProveBothAsync();
        await town.OrderAsync(2, shop, pay);
        await town.OrderAsync(2, shop, pay);
        await town.OverAsync(2);
        await town.OrderAsync(1, shop, pay);
        await town.OrderAsync(2, shop, pay);
        Assert.Equal((1, 1), await town.CountAsync());
        Assert.Equal((1, 1, 0), (town.Told(LandingBegun.Type), town.Told(LandingCompleted.Type), town.Told(LandingFailed.Type)));
    }

    [Fact]
    public async Task When_the_gate_of_one_fails_no_target_moves_and_the_rest_waits_for_its_next_try()
    {
        await using var town = await JointTown.StartAsync(NothingBroken);
        await town.WorkAsync("sh-aaaaa", 1, ("a.txt", "a"));
        await town.WorkAsync("pa-bbbbb", 1, ("b.txt", "broken"));
        var (shop, bad) = (await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Proved), await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Rejected));
        await town.OrderAsync(1, shop, bad);
        var failed = town.Failure();
        Assert.Equal((1, false, bad.Id), (failed.Number, failed.NeedsPerson, Assert.Single(failed.Missing).Id));
        Assert.Equal(("", ""), await town.LandedAsync());

        await town.WorkAsync("pa-bbbbb", 2, ("b.txt", "good"));
        var good = await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Proved);
        await town.OrderAsync(2, shop, good);
        await town.OverAsync(2);
        Assert.Equal((1, 1), await town.CountAsync());
    }

    [Fact]
    public async Task Two_that_are_good_alone_and_bad_together_land_nothing_and_the_later_is_sent_back()
    {
        await using var town = await JointTown.StartAsync("! (test -f one && test -f two)", null, "sh-aaaaa", "sh-ccccc", "pa-bbbbb");
        await town.WorkAsync("sh-ccccc", 1, ("one", "1"));
        var first = await town.Town.UntilAsync("sh-ccccc", MergeRequestState.Proved);
        await town.WorkAsync("sh-aaaaa", 1, ("two", "2"));
        await town.WorkAsync("pa-bbbbb", 1, ("b.txt", "b"));
        var (second, pay) = (await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Proved), await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Proved));
        await town.OrderAsync(1, first, second, pay);
        await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        await town.OverAsync(1);
        Assert.Equal(second.Id, Assert.Single(town.Failure().Missing).Id);
        Assert.Equal(("", ""), await town.LandedAsync());
        Assert.Equal((MergeRequestState.Proved, MergeRequestState.Proved), ((await town.Town.ShowAsync(first.Id)).State, (await town.Town.ShowAsync(pay.Id)).State));
    }

    [Fact]
    public async Task Two_of_one_rig_land_on_top_of_each_other_also_when_the_second_was_made_to_fit_the_first()
    {
        await using var town = await JointTown.StartAsync(NothingBroken, null, "sh-aaaaa", "sh-ccccc", "pa-bbbbb");
        await town.WorkAsync("sh-ccccc", 1, ("same.txt", "one\n"));
        var first = await town.Town.UntilAsync("sh-ccccc", MergeRequestState.Proved);
        await town.WorkAsync("pa-bbbbb", 1, ("b.txt", "b"));
        var pay = await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Proved);
        await town.WorkAsync("sh-aaaaa", 1, ("same.txt", "two\n"));
        var clashing = await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Proved);
        await town.OrderAsync(1, first, clashing, pay);
        Assert.Contains("cm/sh-ccccc/1", (await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Conflicted)).Feedback);
        await town.OverAsync(1);
        Assert.Equal(("", ""), await town.LandedAsync());

        var fitted = await town.Shop.BranchOnAsync("cm/sh-aaaaa/2", "cm/sh-ccccc/1", ("same.txt", "one\ntwo\n"));
        await town.SubmitAsync("sh-aaaaa", "cm/sh-aaaaa/2", fitted, 2);
        var second = await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Proved);
        await town.OrderAsync(2, first, second, pay);
        await town.OverAsync(2);
        Assert.Equal((2, 1), await town.CountAsync());
        Assert.Equal("one\ntwo\n", await town.Shop.FileAsync("main", "same.txt"));
    }

    [Fact]
    public async Task A_target_that_has_moved_since_is_proved_anew_before_any_moves()
    {
        await using var town = await JointTown.StartAsync(NothingBroken);
        var (shop, pay) = await town.ProveBothAsync();
        var theirs = await town.Shop.PushToMainAsync(("theirs.txt", "x"));
        await town.OrderAsync(1, shop, pay);
        await town.OverAsync(1);
        var merged = await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        Assert.Equal($"{theirs} {merged.MergedCommit}", (await town.LandedAsync()).Shop);
        Assert.Equal(2, merged.GateRuns.Select(r => r.Tree).Distinct().Count());
    }

    [Fact]
    public async Task What_waits_for_its_convoy_holds_up_nobody_else()
    {
        await using var town = await JointTown.StartAsync(NothingBroken);
        var (shop, pay) = await town.ProveBothAsync();
        await town.WorkAsync("sh-ddddd", 1, ("d.txt", "d"));
        var other = await town.Town.UntilAsync("sh-ddddd", MergeRequestState.Merged);
        Assert.Equal((other.MergedCommit!, ""), await town.LandedAsync());
        await town.OrderAsync(1, shop, pay);
        await town.OverAsync(1);
        Assert.Equal((2, 1), await town.CountAsync());
    }

    [Fact]
    public async Task Let_go_by_its_convoy_each_lands_by_itself()
    {
        await using var town = await JointTown.StartAsync();
        await town.ProveBothAsync();
        await town.HoldAsync(2);
        await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Merged);
        await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Merged);
        // What was said earlier and comes later changes nothing.
        await town.HoldAsync(1, "sh-ddddd");
        await town.WorkAsync("sh-ddddd", 1, ("d.txt", "d"));
        await town.Town.UntilAsync("sh-ddddd", MergeRequestState.Merged);
    }

    [Fact]
    public async Task Items_that_change_while_it_is_prepared_stop_the_landing_before_anything_moves()
    {
        await using var town = await JointTown.StartAsync(NothingBroken);
        var (shop, pay) = await town.ProveBothAsync();
        await town.Town.PostAsync("/rigs/pay/merge-queue/pause", new { reason = "so that it stays prepared" });
        await town.OrderAsync(1, shop, pay);
        await town.HoldAsync(2, "sh-aaaaa", "pa-bbbbb", "sh-ccccc");
        await town.OverAsync(1);
        Assert.Equal((false, 0), (town.Failure().NeedsPerson, town.Failure().Missing.Count));
        Assert.Equal([shop.Id, pay.Id], town.Town.Host.Probe.Of<MergesHeld>()[^1].Proved.Select(r => r.Id).OrderBy(i => i != shop.Id));
        Assert.Equal(("", ""), await town.LandedAsync());
        await Eventually.TrueAsync(async () => (await town.Town.ShowAsync(shop.Id)).State == MergeRequestState.Proved, TimeSpan.FromSeconds(30), "it waits on", Ct);
    }
}
