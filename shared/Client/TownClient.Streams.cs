using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;

namespace ClaudeManage.Client;

/// <summary>Which events of the trail. Null does not filter.</summary>
/// <param name="Type">A type or a prefix with a star: <c>work-item.*</c>.</param>
public sealed record EventQuery(string? Rig = null, string? Type = null, string? WorkItem = null, string? Actor = null, string? Convoy = null);

/// <summary>A piece of a session's output.</summary>
/// <param name="Offset">Byte offset at which it begins.</param>
public sealed record OutputPiece(long Offset, string Text);

public sealed partial class TownClient
{
    /// <summary>How long a broken stream is tried again before the break is reported.</summary>
    public static readonly TimeSpan StreamPatience = TimeSpan.FromMinutes(5);

    /// <summary><c>GET /events</c>: the trail after a sequence number.</summary>
    public TownCall<Page<TrailEntry>> Events(long after = 0, EventQuery? query = null, int? limit = null) =>
        Get<Page<TrailEntry>>("events" + Filter(query, ("after", after), ("limit", limit)));

    /// <summary><c>GET /events?after=latest</c>: where the trail is now, to follow it from there (<see cref="FollowEventsAsync"/>).</summary>
    public async Task<long> TrailPositionAsync(CancellationToken ct) =>
        long.Parse((await Get<Page<TrailEntry>>("events?after=latest").SendAsync(ct)).Next!, CultureInfo.InvariantCulture);

    /// <summary><c>GET /events</c> live: everything after a sequence number as it happens, each once and in order, over reconnects.</summary>
    /// <param name="after">Null begins now.</param>
    /// <exception cref="TownProblemException">The town refused.</exception>
    /// <exception cref="TownUnreachableException">It has not answered for <paramref name="patience"/>.</exception>
    public async IAsyncEnumerable<TrailEntry> FollowEventsAsync(
        long? after, EventQuery? query = null, TimeSpan? patience = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var stream = new ServerSentEvents(this, _clock).ReadAsync("events" + Filter(query, ("after", after)), null, patience ?? StreamPatience, ct);
        await foreach (var item in stream)
            if (JsonSerializer.Deserialize<TrailEntry>(item.Data, ClientJson.Options) is { } entry) yield return entry;
    }

    /// <summary><c>GET /sessions</c>, newest first.</summary>
    public TownCall<Page<SessionSnapshot>> Sessions(
        string? agent = null, string? rig = null, string? item = null, string? state = null, bool? live = null, string? after = null, int? limit = null) =>
        Get<Page<SessionSnapshot>>("sessions" + Query(("agent", agent), ("rig", rig), ("item", item), ("state", state), ("live", live), ("after", after), ("limit", limit)));

    /// <summary><c>GET /sessions/{id}</c>.</summary>
    public TownCall<SessionSnapshot> Session(Guid id) => Get<SessionSnapshot>($"sessions/{id}");

    /// <summary><c>POST /sessions/{id}/stop</c>: its work is saved, its item queued again.</summary>
    public TownCall<SessionSnapshot> StopSession(Guid id, string? reason = null) => Post<SessionSnapshot>($"sessions/{id}/stop", new WithReason(reason));

    /// <summary><c>POST /sessions/{id}/handoff</c>: the same, with what is known as context for whoever goes on.</summary>
    public TownCall<SessionSnapshot> HandOffSession(Guid id, string? reason = null) => Post<SessionSnapshot>($"sessions/{id}/handoff", new WithReason(reason));

    /// <summary><c>POST /sessions/{id}/nudge</c>: says something to a running session.</summary>
    public TownCall<SessionSnapshot> NudgeSession(Guid id, string text, string? kind = null) => Post<SessionSnapshot>($"sessions/{id}/nudge", new NudgeRequest(text, kind));

    /// <summary><c>GET /sessions/{id}/output</c>: what it printed up to now, from a byte offset on. The caller disposes the stream.</summary>
    public async Task<Stream> OutputAsync(Guid id, long offset, CancellationToken ct)
    {
        var response = await OpenAsync(() => new HttpRequestMessage(HttpMethod.Get, $"sessions/{id}/output" + Query(("offset", offset))), TownCall<object>.DefaultTimeout, ct);
        return await response.Content.ReadAsStreamAsync(ct);
    }

    /// <summary><c>GET /sessions/{id}/output</c> live, to the session's end.</summary>
    public async IAsyncEnumerable<OutputPiece> FollowOutputAsync(Guid id, long offset = 0, TimeSpan? patience = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var stream = new ServerSentEvents(this, _clock).ReadAsync($"sessions/{id}/output" + Query(("offset", offset)), null, patience ?? StreamPatience, ct);
        await foreach (var item in stream)
            if (item.EventType == "output" && JsonSerializer.Deserialize<OutputPiece>(item.Data, ClientJson.Options) is { } piece) yield return piece;
    }

    static string Filter(EventQuery? query, params (string, object?)[] more) => Query([
        .. more, ("rig", query?.Rig), ("type", query?.Type), ("workItem", query?.WorkItem), ("actor", query?.Actor), ("convoy", query?.Convoy)]);
}
