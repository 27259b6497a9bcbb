using System.Text.RegularExpressions;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.RefineryTests.Together;

/// <summary>Killed at any step of a landing over two rigs, and between every two commits of it: it lands once in both, or in neither.</summary>
public sealed partial class JointDeathTests
{
    const string NoMain = "while read old new ref; do if [ \"$ref\" = refs/heads/main ]; then exit 1; fi; done";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StepPoints.MoveRecorded)]
    [InlineData(StepPoints.TargetMoved)]
    [InlineData(StepPoints.MoveProved)]
    public async Task Stopped_while_targets_move_it_goes_on(string point)
    {
        await using var town = await JointTown.StartAsync("true");
        var (shop, pay) = await town.ProveBothAsync();
        await town.Town.RestartAsync(point);
        await town.OrderAsync(1, shop, pay);
        await town.Town.ReachedAsync(point);
        await town.Town.RestartAsync();
        await town.OverAsync(1);
        await LandedOnceAsync(town);
    }

    [Theory]
    [InlineData(StepPoints.RevertRecorded)]
    [InlineData(StepPoints.Reverted)]
    [InlineData(StepPoints.Restored)]
    public async Task Stopped_while_it_is_undone_it_is_undone_once(string point)
    {
        await using var town = await JointTown.StartAsync("true");
        var (shop, pay) = await town.ProveBothAsync();
        town.Shop.Hook("pre-receive", NoMain);
        await town.Town.RestartAsync(point);
        await town.OrderAsync(1, shop, pay);
        await town.Town.ReachedAsync(point);
        await town.Town.RestartAsync();
        await town.OverAsync(1);
        await UndoneOnceAsync(town);
    }

    [Theory]
    [InlineData(1, true, false)]
    [InlineData(2, false, false)]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    public async Task Killed_between_every_two_commits_it_lands_in_both_rigs_or_in_none(int number, bool after, bool refused)
    {
        await using var town = await JointTown.StartAsync("true");
        var (shop, pay) = await town.ProveBothAsync();
        if (refused) town.Shop.Hook("pre-receive", NoMain);
        var (deaths, published) = (0, false);
        while (true)
        {
            var death = new Death(typeof(RefineryDbContext), Transition(), number, after);
            death.Arm();        // a start writes nothing to these tables; what it goes on with does
            await town.Town.RestartAsync(death: death);
            try
            {
                // Once published it is the bus that tells it again.
                if (!published) await town.Town.Host.PublishAsync(new LandTogether(JointTown.Convoy, 1, [shop.Id, pay.Id]), Ct);
                published = true;
                await Eventually.TrueAsync(async () => death.Came || await OverAsync(town), TimeSpan.FromSeconds(60), "it dies or is over", Ct);
            }
            catch (Exception) when (death.Came) { }
            if (!death.Came) break;
            Assert.True(++deaths < 60, "it does not come to an end");
        }
        await town.Town.RestartAsync();
        await town.OverAsync(1);
        TestContext.Current.TestOutputHelper!.WriteLine($"killed {deaths} times");
        Assert.True(deaths >= (number == 1 ? 5 : 2), $"killed only {deaths} times");
        if (refused) await UndoneOnceAsync(town);
        else await LandedOnceAsync(town);
    }

    static async Task<bool> OverAsync(JointTown town) => await town.LandingAsync() is { Number: 1, Phase: LandingPhase.None };

    static async Task LandedOnceAsync(JointTown town)
    {
        var (inShop, inPay) = (await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Merged), await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Merged));
        Assert.Equal((inShop.MergedCommit!, inPay.MergedCommit!), await town.LandedAsync());
        Assert.Equal((2, 1, 0), (town.Told(LandingMoved.Type), town.Told(LandingCompleted.Type), town.Told(LandingUndone.Type)));
    }

    static async Task UndoneOnceAsync(JointTown town)
    {
        await town.Town.UntilAsync("sh-aaaaa", MergeRequestState.Proved);
        await town.Town.UntilAsync("pa-bbbbb", MergeRequestState.Proved);
        Assert.Equal((0, 2), await town.CountAsync());
        Assert.DoesNotContain("b.txt", await town.Pay.FilesAsync("main"));
        Assert.Equal((1, 1, 1, 0), (town.Told(LandingMoved.Type), town.Told(LandingUndone.Type), town.Told(LandingFailed.Type), town.Told(LandingCompleted.Type)));
    }

    [GeneratedRegex("""(INSERT INTO|UPDATE|DELETE FROM) "?(convoy_landings|landing_parts|merge_requests)\b""")]
    private static partial Regex Transition();
}
