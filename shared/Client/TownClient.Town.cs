using System.Text.Json;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Client;

/// <summary>One check of <c>GET /health/ready</c>.</summary>
public sealed record ReadyCheck(string Status, string? Detail);

/// <summary><c>GET /health/ready</c>: <c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>, and why.</summary>
public sealed record ReadyReport(string Status, IReadOnlyDictionary<string, ReadyCheck> Checks);

public sealed partial class TownClient
{
    /// <summary><c>POST /convoys</c>.</summary>
    public TownCall<ConvoySnapshot> CreateConvoy(CreateConvoyRequest convoy) => Post<ConvoySnapshot>("convoys", convoy);

    /// <summary><c>GET /convoys</c>.</summary>
    public TownCall<Page<ConvoySnapshot>> Convoys(string? state = null, string? after = null, int? limit = null, string? rig = null) =>
        Get<Page<ConvoySnapshot>>("convoys" + Query(("state", state), ("rig", rig), ("after", after), ("limit", limit)));

    /// <summary><c>GET /convoys/{id}</c>.</summary>
    public TownCall<ConvoyDetail> Convoy(string id) => Get<ConvoyDetail>($"convoys/{Esc(id)}");

    /// <summary><c>GET /convoys/{id}/plan</c>.</summary>
    public TownCall<ConvoyPlan> ConvoyPlan(string id) => Get<ConvoyPlan>($"convoys/{Esc(id)}/plan");

    /// <summary><c>GET /convoys/{id}/timeline</c>.</summary>
    public TownCall<Page<ConvoyTimelineEntry>> ConvoyTimeline(string id, string? after = null, int? limit = null) =>
        Get<Page<ConvoyTimelineEntry>>($"convoys/{Esc(id)}/timeline" + Query(("after", after), ("limit", limit)));

    /// <summary><c>PATCH /convoys/{id}</c>.</summary>
    public TownCall<ConvoySnapshot> UpdateConvoy(string id, UpdateConvoyRequest change) => Call<ConvoySnapshot>(HttpMethod.Patch, $"convoys/{Esc(id)}", change);

    /// <summary><c>POST /convoys/{id}/launch</c>.</summary>
    public TownCall<ConvoySnapshot> LaunchConvoy(string id, bool force = false) => Post<ConvoySnapshot>($"convoys/{Esc(id)}/launch", new LaunchConvoyRequest(force));

    /// <summary><c>POST /convoys/{id}/pause</c>.</summary>
    public TownCall<ConvoySnapshot> PauseConvoy(string id) => Post<ConvoySnapshot>($"convoys/{Esc(id)}/pause");

    /// <summary><c>POST /convoys/{id}/resume</c>.</summary>
    public TownCall<ConvoySnapshot> ResumeConvoy(string id) => Post<ConvoySnapshot>($"convoys/{Esc(id)}/resume");

    /// <summary><c>POST /convoys/{id}/items</c>.</summary>
    public TownCall<ConvoySnapshot> AddConvoyItems(string id, IReadOnlyList<string> items) => Post<ConvoySnapshot>($"convoys/{Esc(id)}/items", new ConvoyItemsRequest(items));

    /// <summary><c>DELETE /convoys/{id}/items/{item}</c>.</summary>
    public TownCall<ConvoySnapshot> RemoveConvoyItem(string id, string item) => Call<ConvoySnapshot>(HttpMethod.Delete, $"convoys/{Esc(id)}/items/{Esc(item)}");

    /// <summary><c>POST /convoys/{id}/cancel</c>.</summary>
    public TownCall<ConvoySnapshot> CancelConvoy(string id, RunningWork? running = null, string? reason = null) =>
        Post<ConvoySnapshot>($"convoys/{Esc(id)}/cancel", new CancelConvoyRequest(running, reason));

    /// <summary><c>GET /incidents</c>, newest first.</summary>
    /// <param name="state">open, acknowledged or closed.</param>
    public TownCall<Page<IncidentSnapshot>> Incidents(string? state = null, string? after = null, int? limit = null) =>
        Get<Page<IncidentSnapshot>>("incidents" + Query(("state", state), ("after", after), ("limit", limit)));

    /// <summary><c>POST /incidents/{id}/acknowledge</c>.</summary>
    public TownCall<IncidentSnapshot> AcknowledgeIncident(Guid id) => Post<IncidentSnapshot>($"incidents/{id}/acknowledge");

    /// <summary><c>POST /incidents/{id}/close</c>.</summary>
    public TownCall<IncidentSnapshot> CloseIncident(Guid id) => Post<IncidentSnapshot>($"incidents/{id}/close");

    /// <summary><c>POST /escalations</c>: somebody must look at something.</summary>
    public TownCall<IncidentSnapshot> Escalate(EscalateRequest request) => Post<IncidentSnapshot>("escalations", request);

    /// <summary><c>GET /decisions</c>, newest first.</summary>
    public TownCall<Page<DecisionSnapshot>> Decisions(DecisionState? state = null, string? assignedTo = null, string? after = null, int? limit = null) =>
        Get<Page<DecisionSnapshot>>("decisions" + Query(("state", state is { } s ? JsonNamingPolicy.SnakeCaseLower.ConvertName(s.ToString()) : null), ("assignedTo", assignedTo), ("after", after), ("limit", limit)));

    /// <summary><c>GET /decisions/{id}</c>.</summary>
    public TownCall<DecisionSnapshot> Decision(Guid id) => Get<DecisionSnapshot>($"decisions/{id}");

    /// <summary><c>POST /decisions</c>: ask a person.</summary>
    public TownCall<DecisionSnapshot> Ask(AskRequest request) => Post<DecisionSnapshot>("decisions", request);

    /// <summary><c>POST /decisions/{id}/answer</c>, once.</summary>
    public TownCall<DecisionSnapshot> Answer(Guid id, AnswerRequest request) => Post<DecisionSnapshot>($"decisions/{id}/answer", request);

    /// <summary><c>POST /decisions/{id}/delegate</c>.</summary>
    public TownCall<DecisionSnapshot> Delegate(Guid id, DelegateRequest request) => Post<DecisionSnapshot>($"decisions/{id}/delegate", request);

    /// <summary><c>GET /patrols</c>: who watches, when last, and what was found.</summary>
    public TownCall<Page<PatrolSnapshot>> Patrols() => Get<Page<PatrolSnapshot>>("patrols");

    /// <summary><c>GET /heartbeats</c>: everybody who works without being asked, and who is late.</summary>
    public TownCall<Page<Heartbeat>> Heartbeats() => Get<Page<Heartbeat>>("heartbeats");

    /// <summary><c>POST /tokens</c>.</summary>
    public TownCall<TokenResult> CreateToken(CreateToken token) => Post<TokenResult>("tokens", token);

    /// <summary><c>GET /health/live</c>: throws unless the process answers.</summary>
    public async Task LiveAsync(CancellationToken ct) => await Get<object?>("health/live").Within(TimeSpan.FromSeconds(5)).SendRawAsync(ct);

    /// <summary><c>GET /health/ready</c>; a town that is not ready answers with its reasons, not with an exception.</summary>
    public async Task<ReadyReport> ReadyAsync(CancellationToken ct)
    {
        var call = Get<ReadyReport>("health/ready").Within(TimeSpan.FromSeconds(10));
        try { return await call.SendAsync(ct); }
        catch (TownProblemException e) when (e.Status == 503 && e.Body.Contains("\"checks\"", StringComparison.Ordinal)) { return call.Read(e.Body); }
    }

    /// <summary>The town's clock, in whole seconds, as its answers carry it; null when they do not.</summary>
    public async Task<DateTimeOffset?> ServerTimeAsync(CancellationToken ct)
    {
        using var response = await OpenAsync(() => new HttpRequestMessage(HttpMethod.Get, "health/live"), TimeSpan.FromSeconds(5), ct);
        return response.Headers.Date;
    }
}
