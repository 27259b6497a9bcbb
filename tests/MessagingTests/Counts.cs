using ClaudeManage.CrashHost;
using ClaudeManage.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.MessagingTests;

/// <summary>Reads effects over connections of its own, whoever else is dead or alive.</summary>
static class Counts
{
    /// <summary>The numbers of a consumer's effects in order, every repetition included.</summary>
    public static async Task<int[]> OfAsync(IHost observer, string module, string by, CancellationToken ct)
    {
        await using var scope = observer.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        TownDb db = module switch
        {
            "alpha" => services.GetRequiredService<AlphaDb>(),
            "beta" => services.GetRequiredService<BetaDb>(),
            _ => services.GetRequiredService<GammaDb>(),
        };
        return await db.Effects.Where(x => x.By == by).OrderBy(x => x.N).Select(x => x.N).ToArrayAsync(ct);
    }

    public static Task ReachAsync(IHost observer, string module, string by, int count, CancellationToken ct) => Eventually.TrueAsync(
        async () => (await OfAsync(observer, module, by, ct)).Length >= count, TimeSpan.FromSeconds(60), $"{count} effects {by}", ct);
}
