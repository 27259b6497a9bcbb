using ClaudeManage.Faults;
using ClaudeManage.Journeys.Chaos;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Stack;

/// <summary>A stack in which faults can be planted: one replica of everything, because a neighbour would cover for it.</summary>
public sealed class FaultyStack : IAsyncLifetime
{
    internal TestStack Stack { get; } = new(1, 0, faults: true);

    /// <inheritdoc />
    public ValueTask InitializeAsync() => Stack.InitializeAsync();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Stack.DisposeAsync();
}

/// <summary>
/// The history checker is shown what it is there to find, on the real services with real servers: fencing, inbox and outbox switched off by
/// an assembly of the tests (<c>tests/Faults</c>), for which the suite has no switch.
/// </summary>
[Collection(OnItsOwnStack.Name)]
public class PlantedFaultTests(FaultyStack faulty, ITestOutputHelper output)
{
    readonly TestStack _stack = faulty.Stack;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static ChaosPlan Plan(string rig, string prefix) => new(0, 40, TimeSpan.FromSeconds(25), 7, rig, prefix);

    [Fact]
    public Task Without_fencing_an_overslept_worker_completes_what_is_not_its_own()
    {
        TestStack.Require();
        return ChaosRun.CaughtAsync(_stack, Plan("fencing", "fe"), () => _stack.Plant(Planted.FencingOff), (_, _) => Task.CompletedTask, "stale token:", output);
    }

    [Fact]
    public async Task Without_inbox_a_message_that_comes_twice_has_its_effect_twice()
    {
        TestStack.Require();
        await using var echo = await Echo.StartAsync(await _stack.BrokerAdminAsync(Ct), await _stack.EndpointsAsync(Ct), new Random(7), Ct);
        await ChaosRun.CaughtAsync(_stack, Plan("inbox", "in"), () => _stack.Plant(Planted.InboxOff), (_, _) => Task.CompletedTask, "doubled effect:", output);
    }

    [Fact]
    public Task Without_outbox_what_a_killed_process_had_still_to_say_is_lost()
    {
        TestStack.Require();
        return ChaosRun.CaughtAsync(_stack, Plan("outbox", "ou"), () => _stack.Plant(Planted.OutboxOff), async (history, ct) =>
        {
            await Eventually.TrueAsync(() => history.Grants.Count > 10, TimeSpan.FromSeconds(20), "leases are given", ct);
            await _stack.KillAsync("hook-1");
        }, "lost lease:", output);
    }
}

/// <summary>Nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class OnItsOwnStack : ICollectionFixture<FaultyStack>
{
    public const string Name = "faulty stack";
}
