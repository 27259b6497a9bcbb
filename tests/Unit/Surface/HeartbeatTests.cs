using ClaudeManage.Client;
using ClaudeManage.Contracts.Health;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Unit.Surface;

/// <summary>Who works without being asked says so by itself: nobody feeds these heartbeats but the town's own services.</summary>
public sealed class HeartbeatTests(TownFixture town)
{
    static readonly string[] Everybody = ["boot", "deacon", "dispatcher", "refinery", "service/convoy", "service/health", "service/hook", "service/refinery", "service/work", "service/workflow"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_service_and_every_role_of_a_town_is_heard_of_and_nobody_is_late()
    {
        using var client = new TownClient(town.Address, town.App.Services.GetRequiredService<TokenIssuer>().Issue("overseer", Roles.Overseer, TimeSpan.FromHours(1), null));
        var beats = await Eventually.ResultAsync(async () =>
        {
            IReadOnlyList<Heartbeat> heard = (await client.Heartbeats().SendAsync(Ct)).Items;
            return Everybody.Except(heard.Select(b => b.Role)).Any() ? null : heard;
        }, TimeSpan.FromSeconds(60), "everybody is heard of", Ct);
        Assert.DoesNotContain(beats, b => b.Late);
        Assert.All(beats.Where(b => b.Role.StartsWith("service/", StringComparison.Ordinal)), b => Assert.True(b.By > b.LastAt, $"{b.Role} says when it is heard of next"));
    }
}
