using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Journeys.Chaos;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Stack;

/// <summary>
/// An item that lies on a hook before a service is cut off. The load alone does not show that work goes on meanwhile: quick workers may
/// have emptied their pool just then, and nothing new comes from whoever is cut off.
/// </summary>
sealed class Elsewhere(TownClient worker, string hook)
{
    public static async Task<Elsewhere> PrepareAsync(TestStack stack, ChaosPlan plan, CancellationToken ct)
    {
        var (client, rig) = (await stack.OverseerAsync(ct), plan.Rig + "-elsewhere");
        var name = $"{rig}/crew/e";
        await client.CreateRig(new CreateRig(rig, plan.Prefix + "e")).SendAsync(ct);
        await Eventually.ResultAsync(async () => await client.CreateAgent(new CreateAgent(name)).SendAsync(ct), plan.Longest, "Hook has heard of the rig", ct);
        var item = await client.CreateWorkItem(new CreateWorkItem(rig, "done while others are cut off")).SendAsync(ct);
        await Eventually.ResultAsync(async () => await client.Sling(name, new SlingRequest(WorkItemIds: [item.Id])).SendAsync(ct), plan.Longest, "Hook has heard of the item", ct);
        return new(await stack.ClientAsync((await client.CreateToken(new CreateToken(name, "agent")).SendAsync(ct)).Token, ct), name);
    }

    /// <summary>Does it: begins and ends without any other service.</summary>
    public async Task WorkAsync(CancellationToken ct)
    {
        var claim = await worker.Claim(hook, TimeSpan.FromSeconds(5)).SendAsync(ct) ?? throw new InvalidOperationException($"nothing on {hook}");
        Assert.False((await worker.Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed, "did it")).SendAsync(ct)).Replayed);
    }
}
