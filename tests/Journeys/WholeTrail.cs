using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Journeys;

/// <summary>The trail, read to its end.</summary>
static class WholeTrail
{
    const int PageSize = 500;
    const int Newest = 120;
    const int Width = 400;

    /// <summary>All entries that match, oldest first.</summary>
    public static async Task<IReadOnlyList<TrailEntry>> ReadAsync(TownClient town, EventQuery? query, CancellationToken ct)
    {
        var trail = new List<TrailEntry>();
        while (true)
        {
            var page = await town.Events(trail.Count == 0 ? 0 : trail[^1].Sequence, query, PageSize).SendAsync(ct);
            trail.AddRange(page.Items);
            if (page.Items.Count < PageSize) return trail;
        }
    }

    /// <summary>What happened last in a rig, for the message of a test that waited in vain: when, which item, what, by whom, the beginning of the payload.</summary>
    public static async Task<string> TellAsync(TownClient town, string rig, CancellationToken ct) =>
        string.Join('\n', (await ReadAsync(town, new EventQuery(Rig: rig), ct)).TakeLast(Newest)
            .Select(e => $"{e.EmittedAt:HH:mm:ss.fff} {e.WorkItemId} {e.EventType} by {e.ActorAgentId} {Short(e.Payload.GetRawText())}"));

    static string Short(string text) => text.Length <= Width ? text : text[..Width] + "…";
}
