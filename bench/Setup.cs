using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Bench;

/// <summary>Towns with something in them.</summary>
static class Setup
{
    const int Batch = 500;

    /// <summary>A rig without a repository, with this many open items.</summary>
    public static async Task<IReadOnlyList<string>> RigWithItemsAsync(TownClient town, string rig, int items, CancellationToken ct)
    {
        await town.CreateRig(new CreateRig(rig, Prefix(rig), Settings: new RigSettings(MaxWorkers: 0, Merge: new MergeSettings(MergeStrategy.None)))).SendAsync(ct);
        return await ItemsAsync(town, rig, items, ct);
    }

    /// <summary>Clients with the tokens of so many agents of a rig.</summary>
    public static async Task<IReadOnlyList<TownClient>> AgentsAsync(TownClient town, string rig, int agents, CancellationToken ct)
    {
        var clients = new List<TownClient>();
        for (var i = 0; i < agents; i++) clients.Add(new TownClient(town.Address, (await town.CreateToken(new CreateToken($"{rig}/crew/w{i}", "agent")).SendAsync(ct)).Token));
        return clients;
    }

    /// <summary>More open items.</summary>
    public static async Task<IReadOnlyList<string>> ItemsAsync(TownClient town, string rig, int items, CancellationToken ct)
    {
        var ids = new List<string>();
        while (ids.Count < items)
        {
            var batch = Enumerable.Range(0, Math.Min(Batch, items - ids.Count)).Select(i => new CreateWorkItem(rig, $"Item {ids.Count + i}", Priority: i % 5)).ToList();
            ids.AddRange((await town.CreateWorkItems(batch).SendAsync(ct)).Items.Select(i => i.Id));
        }
        return ids;
    }

    /// <summary>A rig with this many items on its pool hook, and the events of that work through.</summary>
    public static async Task RigWithQueuedItemsAsync(TownClient town, string rig, int items, CancellationToken ct)
    {
        var ids = await RigWithItemsAsync(town, rig, items, ct);
        await QuietAsync(town, ct);
        await SlingAsync(town, rig, ids, ct);
        await QuietAsync(town, ct);
    }

    /// <summary>Slings items in batches, under one convoy for each rig.</summary>
    public static async Task SlingAsync(TownClient town, string rig, IReadOnlyList<string> ids, CancellationToken ct)
    {
        foreach (var chunk in ids.Chunk(100)) await town.SlingMany($"{rig}/pool", new SlingRequest(WorkItemIds: chunk, ConvoyId: $"hq-cv-{Prefix(rig)}")).SendAsync(ct);
    }

    /// <summary>Waits until the trail has not grown for two seconds: a busy machine takes its breaks too.</summary>
    public static async Task QuietAsync(TownClient town, CancellationToken ct)
    {
        const int Looks = 4;
        long position = 0;
        for (var quiet = 0; quiet < Looks; quiet++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
            while ((await town.Events(position, limit: 500).SendAsync(ct)).Items is { Count: > 0 } more) (position, quiet) = (more[^1].Sequence, -1);
        }
    }

    // Unique as long as the rigs' names are; a prefix has letters only.
    static string Prefix(string rig) => new([.. rig.Where(char.IsAsciiLetterLower).Take(8)]);
}
