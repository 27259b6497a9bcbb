using ClaudeManage.Contracts.Work;

namespace ClaudeManage.WorkTests;

/// <summary>What a neighbour's plan asks for.</summary>
public sealed class PlannedWorkTests : WorkHost
{
    [Fact]
    public async Task A_reopening_that_means_one_closing_undoes_no_other()
    {
        var item = (await CreateAsync("Step")).Id;
        var closed = await CloseAsync(item);
        async Task<WorkItemState> ReopenAsync(long? version)
        {
            await Host.PublishAsync(new ReopenWorkItems("sh-mol-1", "system/workflow", [item], "it is tried again", version), Ct);
            await Host.IdleAsync(Ct);
            return (await ShowAsync(item)).State;
        }
        Assert.Equal(WorkItemState.Closed, await ReopenAsync(closed.Version - 1));
        Assert.Equal(WorkItemState.Open, await ReopenAsync(closed.Version));
        await CloseAsync(item);
        Assert.Equal(WorkItemState.Closed, await ReopenAsync(closed.Version));
        Assert.Equal(WorkItemState.Open, await ReopenAsync(null));
    }
}
