using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>Three items, two agents at once; an agent dies, then the town; the convoy still lands.</summary>
public class ConvoyJourney
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_items_two_agents_one_dies_then_the_town_and_the_convoy_still_lands()
    {
        using var scratch = new ScratchDirectory("journey-town");
        using var story = new ConvoyStory();
        await using var town = await TownProcess.StartAsync(scratch["town"], Ct, new Dictionary<string, string> { ["Supervisor:Slots"] = "2", ["Supervisor:HeartbeatSeconds"] = "1" });
        var sessions = await story.PlayAsync(town, "shop", "sh");
        Assert.Equal(0, await town.StopAsync());
        Assert.All(sessions, s => Assert.Empty(ProcessGroup.FindByMark(ProcessMark.SessionVariable, s.Id.ToString())));
    }
}
