using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Journeys.Chaos;

/// <summary>An item as the API shows it.</summary>
public sealed record SeenItem(string Id, string Title, bool Closed, long? Fence, string? By);

/// <summary>A row of the trail; <paramref name="Fence"/> where it is about an assignment.</summary>
public sealed record SeenEvent(long Sequence, Guid Id, string Type, string? Item, string? Convoy, long? Fence, DateTimeOffset EmittedAt);

/// <summary>A convoy as the API shows it.</summary>
public sealed record SeenConvoy(string Id, bool Landed);

/// <summary>An incident as the API shows it: raised by a message each time, so it counts messages.</summary>
public sealed record SeenIncident(string Cause, int Count);

/// <summary>The town after a run, seen from outside.</summary>
/// <param name="TrailProblem">What <c>GET /events/verify</c> found; null when the chain holds.</param>
/// <param name="ReplayDifferences">What <c>POST /runtime/replay</c> found.</param>
public sealed record TownView(
    IReadOnlyList<SeenItem> Items, IReadOnlyList<SeenEvent> Trail, IReadOnlyList<SeenConvoy> Convoys, string? TrailProblem, IReadOnlyList<string> ReplayDifferences,
    IReadOnlyList<SeenIncident> Incidents)
{
    const int PageSize = 500;

    /// <summary>Reads it all.</summary>
    public static async Task<TownView> ReadAsync(TownClient town, string rig, CancellationToken ct)
    {
        var items = await AllAsync(after => town.WorkItems(new WorkItemQuery(Rig: rig, After: after, Limit: PageSize)), ct);
        var convoys = await AllAsync(after => town.Convoys(after: after, limit: PageSize), ct);
        var incidents = await AllAsync(after => town.Incidents(after: after, limit: PageSize), ct);
        var trail = await WholeTrail.ReadAsync(town, null, ct);
        var verified = await town.Call<TrailVerification>(HttpMethod.Get, "events/verify").SendAsync(ct);
        var replayed = await town.Call<ReplayResult>(HttpMethod.Post, "runtime/replay").SendAsync(ct);
        return new TownView(
            [.. items.Select(i => new SeenItem(i.Id, i.Title, i.State == WorkItemState.Closed, i.Outcome?.Fence, i.Outcome?.By))],
            [.. trail.Select(e => new SeenEvent(e.Sequence, e.EventId, e.EventType, e.WorkItemId, e.ConvoyId, Fence(e.Payload), e.EmittedAt))],
            // Of other rigs something may be meant never to end.
            [.. convoys.Where(c => c.Items.Any(i => i.RigId is null || i.RigId == rig)).Select(c => new SeenConvoy(c.Id, c.State == ConvoyState.Landed))],
            verified.Ok ? null : verified.Problem?.ToString() ?? "not ok",
            [.. replayed.Differences.Select(d => d.ToString())],
            [.. incidents.Select(i => new SeenIncident(i.Cause, i.Count))]);
    }

    static async Task<List<T>> AllAsync<T>(Func<string?, TownCall<Page<T>>> page, CancellationToken ct)
    {
        var (all, after) = (new List<T>(), (string?)null);
        do
        {
            var one = await page(after).SendAsync(ct);
            all.AddRange(one.Items);
            after = one.Next;
        }
        while (after is not null);
        return all;
    }

    static long? Fence(JsonElement payload) =>
        payload.TryGetProperty("assignment", out var assignment) && assignment.TryGetProperty("fence", out var fence) ? fence.GetInt64() : null;
}
