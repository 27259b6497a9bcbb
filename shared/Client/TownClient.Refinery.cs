using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;

namespace ClaudeManage.Client;

public sealed partial class TownClient
{
    /// <summary><c>POST /merge-requests</c>: land a branch that did not come from an agent.</summary>
    public TownCall<MergeRequestSnapshot> OpenMergeRequest(CreateMergeRequest request) => Post<MergeRequestSnapshot>("merge-requests", request);

    /// <summary><c>GET /merge-requests</c>, newest first.</summary>
    /// <param name="state">One state or several with commas.</param>
    public TownCall<Page<MergeRequestSnapshot>> MergeRequests(string? rig = null, string? state = null, string? item = null, string? after = null, int? limit = null) =>
        Get<Page<MergeRequestSnapshot>>("merge-requests" + Query(("rig", rig), ("state", state), ("workItem", item), ("after", after), ("limit", limit)));

    /// <summary><c>GET /merge-requests/{id}</c>: with its gate runs.</summary>
    public TownCall<MergeRequestDetail> MergeRequest(string id) => Get<MergeRequestDetail>($"merge-requests/{Esc(id)}");

    /// <summary><c>POST /merge-requests/{id}/retry</c>.</summary>
    public TownCall<MergeRequestSnapshot> RetryMergeRequest(string id) => Post<MergeRequestSnapshot>($"merge-requests/{Esc(id)}/retry");

    /// <summary><c>POST /merge-requests/{id}/reject</c>.</summary>
    public TownCall<MergeRequestSnapshot> RejectMergeRequest(string id, string? reason = null) => Post<MergeRequestSnapshot>($"merge-requests/{Esc(id)}/reject", new WithReason(reason));

    /// <summary><c>POST /merge-requests/{id}/prioritize</c>; 0 is the highest.</summary>
    public TownCall<MergeRequestSnapshot> PrioritizeMergeRequest(string id, int priority = 0) =>
        Post<MergeRequestSnapshot>($"merge-requests/{Esc(id)}/prioritize", new PrioritizeMergeRequest(priority));

    /// <summary><c>GET /rigs/{id}/merge-queue</c>.</summary>
    public TownCall<MergeQueueView> MergeQueue(string rigId) => Get<MergeQueueView>($"rigs/{Esc(rigId)}/merge-queue");

    /// <summary><c>POST /rigs/{id}/merge-queue/pause</c>.</summary>
    public TownCall<MergeQueueView> PauseMergeQueue(string rigId, string? reason = null) => Post<MergeQueueView>($"rigs/{Esc(rigId)}/merge-queue/pause", new WithReason(reason));

    /// <summary><c>POST /rigs/{id}/merge-queue/resume</c>.</summary>
    public TownCall<MergeQueueView> ResumeMergeQueue(string rigId) => Post<MergeQueueView>($"rigs/{Esc(rigId)}/merge-queue/resume");

    /// <summary><c>GET /gate-runs/{id}/log</c>: a gate's whole output as text.</summary>
    public Task<string> GateLogAsync(Guid gateRunId, CancellationToken ct) => Get<object>($"gate-runs/{gateRunId}/log").SendRawAsync(ct);
}
