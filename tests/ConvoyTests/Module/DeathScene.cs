using System.Text.RegularExpressions;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>
/// The process is killed at a transition of a running convoy, comes back on what it left, and is killed at the next one: after every single
/// commit of it, or before every one. Each fact and each wish is told again until it was heard, as the bus and people do.
/// </summary>
public abstract class DeathScene : ConvoyScene
{
    /// <summary>What a neighbour says when its turn has come. Once published it is the bus that tells it again.</summary>
    protected Func<Task> Fact<T>(Func<T> say) where T : class
    {
        var (message, published) = ((T?)null, false);
        return async () =>
        {
            if (!published) await Host.PublishAsync(message ??= say(), Ct);
            published = true;
            await IdleAsync();
        };
    }

    /// <summary>Plays a story to its end, each life until it dies at its transition of this number. How often it was killed.</summary>
    protected async Task<int> KilledAsync(IEnumerable<Func<Task>> steps, Regex transition, int number, bool after)
    {
        var (deaths, death) = (-1, (Death?)null);
        foreach (var step in steps)
        {
            for (var heard = false; !heard; heard = !death!.Came)
            {
                if (death is null or { Came: true })
                {
                    Assert.True(++deaths < 200, "it does not come to an end");
                    await RestartAsync(death = new Death(typeof(ConvoyDbContext), transition, number, after));
                    death.Arm();
                }
                try { await step(); }
                catch (Exception) when (death.Came) { }
            }
        }
        await RestartAsync();
        await IdleAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"killed {deaths} times");
        return deaths;
    }
}
