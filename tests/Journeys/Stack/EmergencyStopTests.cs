using System.Diagnostics;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Stack;

/// <summary>Somebody presses the red button while deaf agents run on every node and an item is claimed by hand.</summary>
[Collection(OnTheStack.Name)]
public sealed class EmergencyStopTests(TestStack stack) : IDisposable
{
    const string Rig = "halt";

    readonly DeafRig _halted = new(Rig, "ha");
    readonly DeafRig _other = new("onward", "on");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _halted.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Within_ten_seconds_no_agent_lives_on_any_node_and_the_work_goes_on_only_where_the_stop_is_lifted()
    {
        TestStack.Require();
        var overseer = await stack.OverseerAsync(Ct);
        await _halted.CreateAsync(overseer, workers: 2);
        await _other.CreateAsync(overseer, workers: 1);
        var work = await _halted.WorkAsync(overseer, 2);
        var running = await _halted.RunningAsync(overseer, 2);
        Assert.Equal(2, running.Select(s => s.NodeId).Distinct().Count());
        await overseer.CreateAgent(new CreateAgent($"{Rig}/crew/ada")).SendAsync(Ct);
        work = [.. work, .. await _halted.WorkAsync(overseer, 1, $"{Rig}/crew/ada")];
        var bare = await overseer.Claim($"{Rig}/crew/ada").SendAsync(Ct);
        try
        {
            var clock = Stopwatch.StartNew();
            var left = (await overseer.Stop("town", "smoke").SendAsync(Ct)).Left.Select(l => l.SessionId).ToList();
            Assert.All(running, s => Assert.Contains(s.Id, left));
            await Eventually.TrueAsync(async () => DeafRig.Alive(running) == 0 && await IsClearAsync(overseer), DeafRig.Promise, "no agent lives and nothing is claimed", Ct);
            Assert.True(clock.Elapsed < DeafRig.Promise, $"{clock.Elapsed.TotalSeconds:0.00} s");
            TestContext.Current.SendDiagnosticMessage($"emergency stop of 2 agents on 2 nodes: {clock.Elapsed.TotalSeconds:0.00} s");
            Assert.Equal("lease-lost", await RefusedAsync(overseer.Renew(bare!.Lease.Token)));
            Assert.Equal("stopped", await RefusedAsync(overseer.Claim($"{Rig}/crew/ada")));
            foreach (var item in running.Select(s => s.WorkItemId))
                await Eventually.TrueAsync(async () => (await overseer.Events(query: new EventQuery(WorkItem: item, Type: CheckpointSaved.Type)).SendAsync(Ct)).Items.Count > 0, DeafRig.Patience, $"what was half done of {item} is saved", Ct);

            // Both nodes have room and one of them takes what came later: this rig's work is left where it lies because it is stopped.
            await overseer.Stop($"rig:{Rig}", "still smoke").SendAsync(Ct);
            Assert.Equal([$"rig:{Rig}"], (await overseer.LiftStop("town").SendAsync(Ct)).Items.Select(s => s.Scope));
            await _other.LetGoAsync();
            await DeafRig.LandedAtFirstAsync(overseer, await _other.WorkAsync(overseer, 1));
            Assert.Equal(running.Count, (await overseer.Sessions(rig: Rig).SendAsync(Ct)).Items.Count);
        }
        finally
        {
            foreach (var stop in (await overseer.Stops().SendAsync(Ct)).Items) await overseer.LiftStop(stop.Scope).SendAsync(Ct);
        }
        await _halted.LetGoAsync();
        await DeafRig.LandedAtFirstAsync(overseer, work);
    }

    static async Task<bool> IsClearAsync(TownClient client) => (await client.Stops().SendAsync(Ct)).Items.Single().Left.Count == 0;

    static async Task<string> RefusedAsync<T>(TownCall<T> call) => (await Assert.ThrowsAsync<TownProblemException>(() => call.SendAsync(Ct))).Code;
}
