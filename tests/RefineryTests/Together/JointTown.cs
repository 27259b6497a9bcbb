using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.RefineryTests.Together;

/// <summary>Two rigs with a real repository each, and a convoy over both whose changes land together. Targets move in the order pay, shop.</summary>
sealed class JointTown : IAsyncDisposable
{
    public const string Convoy = "hq-cv-aaaaa";

    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    readonly List<PostgresDatabase> _databases = [];

    JointTown(MergeTown town, Origin pay) => (Town, Pay) = (town, pay);

    public MergeTown Town { get; }
    public Origin Pay { get; }
    public Origin Shop => Town.Origin;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<JointTown> OnPostgresAsync(bool postgres, string gate)
    {
        if (!postgres) return await StartAsync(gate);
        var (own, probe) = (await PostgresDatabase.CreateAsync(Ct), await PostgresDatabase.CreateAsync(Ct));
        var town = await StartAsync(gate, new() { ["Database:Provider"] = "Postgres", ["ConnectionStrings:refinery"] = own.ConnectionString, ["ConnectionStrings:probe"] = probe.ConnectionString });
        town._databases.AddRange([own, probe]);
        return town;
    }

    public static async Task<JointTown> StartAsync(string? gate = null, Dictionary<string, string?>? settings = null, params string[] items)
    {
        var merge = new MergeSettings(Gates: gate is null ? null : [Samples.Gate("test", gate)]);
        var joint = new JointTown(await MergeTown.StartAsync(merge, settings: settings), await Origin.CreateAsync());
        await joint.Town.SetAsync(Samples.Rig(joint.Pay.Url, merge) with { Id = "pay", Prefix = "pa" });
        await joint.HoldAsync(1, items.Length == 0 ? ["sh-aaaaa", "pa-bbbbb"] : items);
        return joint;
    }

    public Task HoldAsync(long number, params string[] items) => Town.PublishAsync(new HoldMerges(Convoy, number, items));

    public Task OrderAsync(long number, params MergeRequestDetail[] requests) => Town.PublishAsync(new LandTogether(Convoy, number, [.. requests.Select(r => r.Id)]));

    /// <summary>A change on a branch of its own, submitted; not awaited.</summary>
    public async Task WorkAsync(string item, long fence, params (string Path, string? Text)[] files)
    {
        var (origin, branch) = (item.StartsWith("pa-", StringComparison.Ordinal) ? Pay : Shop, $"cm/{item}/{fence}");
        var commit = await origin.BranchAsync(branch, files);
        await SubmitAsync(item, branch, commit, fence);
    }

    public Task SubmitAsync(string item, string branch, string commit, long fence)
    {
        var submitted = Samples.Submitted(item, branch, commit, fence);
        return Town.PublishAsync(submitted with { Item = submitted.Item with { RigId = item.StartsWith("pa-", StringComparison.Ordinal) ? "pay" : "shop" } });
    }

    /// <summary>A change in each rig, proved on its own branch.</summary>
    public async Task<(MergeRequestDetail Shop, MergeRequestDetail Pay)> ProveBothAsync()
    {
        await WorkAsync("sh-aaaaa", 1, ("a.txt", "a"));
        await WorkAsync("pa-bbbbb", 1, ("b.txt", "b"));
        return (await Town.UntilAsync("sh-aaaaa", MergeRequestState.Proved), await Town.UntilAsync("pa-bbbbb", MergeRequestState.Proved));
    }

    /// <summary>Waits until the landing with this number is over.</summary>
    public async Task OverAsync(long number)
    {
        await Eventually.TrueAsync(async () => await LandingAsync() is { Phase: LandingPhase.None } l && l.Number == number, Deadline, $"landing {number} is over", Ct);
        await Town.Host.IdleAsync(Ct);
    }

    /// <summary>Waits until what landed in pay is taken back.</summary>
    public Task UndoneInPayAsync() => Eventually.TrueAsync(() => Told(LandingUndone.Type) == 1, Deadline, "pay is taken back", Ct);

    public Task<ConvoyLanding?> LandingAsync() => Town.Host.UseAsync<RefineryDbContext, ConvoyLanding?>(db => db.Landings.AsNoTracking().SingleOrDefaultAsync(l => l.ConvoyId == Convoy, Ct));

    /// <summary>Commits on the two targets after the first, oldest first.</summary>
    public async Task<(string Shop, string Pay)> LandedAsync() => (string.Join(' ', (await Shop.FirstParentsAsync()).Skip(1)), string.Join(' ', (await Pay.FirstParentsAsync()).Skip(1)));

    /// <summary>How many those are.</summary>
    public async Task<(int Shop, int Pay)> CountAsync() => ((await Shop.FirstParentsAsync()).Count - 1, (await Pay.FirstParentsAsync()).Count - 1);

    /// <summary>How many events of a type there were in all lives; one that was told in two is one.</summary>
    public int Told(string type) => Town.Before.Concat(Town.Host.Probe.All).Where(s => s.Event?.Type == type).Select(s => s.Event!.EventId).Distinct().Count();

    public LandingFailed Failure() => Town.Host.Probe.Of<LandingFailed>()[^1];

    public async ValueTask DisposeAsync()
    {
        await Town.DisposeAsync();
        await Pay.DisposeAsync();
        foreach (var database in _databases) await database.DisposeAsync();
    }
}
