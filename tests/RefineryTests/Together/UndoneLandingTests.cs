using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.RefineryTests.Together;

/// <summary>The second rig does not take its part: what the first has is taken back by a revert commit, and the trail has it.</summary>
public sealed class UndoneLandingTests
{
    const string NoMain = "while read old new ref; do if [ \"$ref\" = refs/heads/main ]; then echo 'main is frozen' >&2; exit 1; fi; done";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refused_part_way_it_is_undone_and_when_that_is_put_right_it_lands(bool postgres)
    {
        await using var town = await JointTown.OnPostgresAsync(postgres, "true");
        var (shop, pay) = await town.ProveBothAsync();
        var before = (await town.Shop.TipAsync(), await town.Pay.ShowAsync("%T", "main"));
        town.Shop.Hook("pre-receive", NoMain);
        await town.OrderAsync(1, shop, pay);
        await town.OverAsync(1);

        var failed = town.Failure();
        Assert.True(failed.NeedsPerson);
        Assert.Contains("main is frozen", failed.Reason);
        Assert.Equal((1, 1, 1, 0, 0), (town.Told(LandingMoved.Type), town.Told(LandingUndone.Type), town.Told(LandingFailed.Type), town.Told(LandingCompleted.Type), town.Told(MergeSucceeded.Type)));
        var undone = Assert.Single(town.Town.Host.Probe.Of<LandingUndone>());
        Assert.Equal(("pay", JointTown.Convoy), (undone.Event.RigId, undone.Event.ConvoyId));
        Assert.Equal(("", $"{undone.To} {undone.RevertCommit}"), await town.LandedAsync());
        Assert.Equal(before, (await town.Shop.TipAsync(), await town.Pay.ShowAsync("%T", "main")));
        Assert.Contains($"Revert the landing of {JointTown.Convoy}", await town.Pay.MessageAsync(undone.RevertCommit));
        var again = (await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Proved), await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Proved));

        town.Shop.Hook("pre-receive", "exit 0");
        await town.OrderAsync(2, again.Item1, again.Item2);
        await town.OverAsync(2);
        await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Merged);
        Assert.Equal((1, 3), await town.CountAsync());
        Assert.Contains("b.txt", await town.Pay.FilesAsync("main"));
    }

    [Fact]
    public async Task The_first_that_is_refused_leaves_nothing_to_undo()
    {
        await using var town = await JointTown.StartAsync();
        var (shop, pay) = await town.ProveBothAsync();
        town.Pay.Hook("pre-receive", NoMain);
        await town.OrderAsync(1, shop, pay);
        await town.OverAsync(1);
        Assert.True(town.Failure().NeedsPerson);
        Assert.Equal(("", ""), await town.LandedAsync());
        Assert.Equal((0, 0), (town.Told(LandingMoved.Type), town.Told(LandingUndone.Type)));
    }

    [Fact]
    public async Task An_origin_that_stays_away_ends_the_landing_and_is_seen_to_when_it_is_back()
    {
        await using var town = await JointTown.StartAsync(settings: new() { ["Refinery:JointLandingSeconds"] = "10" });
        var (shop, pay) = await town.ProveBothAsync();
        // The first rig's own people take the second away when the first has moved.
        town.Pay.Hook("post-receive", $"while read old new ref; do if [ \"$ref\" = refs/heads/main ] && [ ! -e '{town.Shop.Url}.once' ]; then touch '{town.Shop.Url}.once'; mv '{town.Shop.Url}' '{town.Shop.Url}.away'; fi; done");
        await town.OrderAsync(1, shop, pay);
        await town.UndoneInPayAsync();
        Assert.Equal(0, town.Told(LandingFailed.Type));
        town.Shop.ShowAgain();
        await town.OverAsync(1);
        Assert.True(town.Failure().NeedsPerson);
        Assert.Equal((0, 2), await town.CountAsync());
    }

    [Fact]
    public async Task What_was_built_upon_meanwhile_is_left_to_a_person()
    {
        await using var town = await JointTown.StartAsync();
        var (shop, pay) = await town.ProveBothAsync();
        town.Shop.Hook("pre-receive", $"{NoMain}");
        // Somebody changes what was just landed, before it is taken back.
        town.Pay.Hook("post-receive", """
            while read old new ref; do
              if [ "$ref" = refs/heads/main ] && [ ! -e "$GIT_DIR/once" ]; then
                touch "$GIT_DIR/once"
                blob=$(echo theirs | git hash-object -w --stdin)
                tree=$(printf '100644 blob %s\tb.txt\n' "$blob" | git mktree)
                git update-ref refs/heads/main "$(git -c user.name=x -c user.email=x@example.invalid commit-tree "$tree" -p "$new" -m theirs)" "$new"
              fi
            done
            """);
        await town.OrderAsync(1, shop, pay);
        await town.OverAsync(1);
        Assert.Contains("could not be taken back", town.Failure().Reason);
        Assert.Contains(town.Town.Host.Probe.Of<RaiseIncident>(), i => i.Cause == $"undo:{JointTown.Convoy}:1:pay");
        Assert.Equal(0, town.Told(LandingUndone.Type));
        Assert.Equal("theirs\n", await town.Pay.FileAsync("main", "b.txt"));
    }
}
