using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Client;

public sealed partial class TownClient
{
    /// <summary><c>POST /hooks/{hookId}/sling</c>: one item.</summary>
    public TownCall<SlingResult> Sling(string hookId, SlingRequest request) => Post<SlingResult>($"hooks/{Esc(hookId)}/sling", request);

    /// <summary><c>POST /hooks/{hookId}/sling</c>: several items or an epic.</summary>
    public TownCall<SlingResults> SlingMany(string hookId, SlingRequest request) => Post<SlingResults>($"hooks/{Esc(hookId)}/sling", request);

    /// <summary><c>POST /hooks/{hookId}/claim</c>: the next queued assignment under a lease; null when there is none.</summary>
    /// <param name="wait">Long poll for this long when nothing is queued.</param>
    /// <param name="assignment">Only this assignment (a supervisor's claim for the session it was told to start).</param>
    public TownCall<ClaimResult?> Claim(string hookId, TimeSpan? wait = null, Guid? assignment = null, Guid? session = null) =>
        Post<ClaimResult?>($"hooks/{Esc(hookId)}/claim" + Query(("wait", wait is { } w ? (int)w.TotalSeconds : null), ("assignment", assignment), ("session", session)))
            .Within(TownCall<ClaimResult?>.DefaultTimeout + (wait ?? TimeSpan.Zero));

    /// <summary><c>POST /leases/renew</c>.</summary>
    public TownCall<RenewResult> Renew(string leaseToken) => Post<RenewResult>("leases/renew", new RenewRequest(leaseToken));

    /// <summary><c>POST /leases/renew</c>: many; the answers are in the order asked.</summary>
    public TownCall<RenewResults> RenewMany(IReadOnlyList<string> leaseTokens) => Post<RenewResults>("leases/renew", new RenewRequest(null, leaseTokens));

    /// <summary><c>POST /leases/release</c>: the item is queued again.</summary>
    /// <param name="dead">The holder was proved dead; the attempt counts.</param>
    public TownCall<object?> Release(string leaseToken, string? reason = null, bool dead = false) =>
        Post<object?>("leases/release", new ReleaseRequest(leaseToken, reason, dead));

    /// <summary><c>POST /work-items/{id}/done</c>. The same token again gets the stored answer.</summary>
    public TownCall<DoneResult> Done(string workItemId, DoneRequest request) => Post<DoneResult>($"work-items/{Esc(workItemId)}/done", request);

    /// <summary><c>POST /handoffs</c>: ends the lease and passes the work on, or parks it on a gate.</summary>
    public TownCall<HandoffSnapshot> HandOff(HandoffRequest request) => Post<HandoffSnapshot>("handoffs", request);

    /// <summary><c>GET /handoffs</c>.</summary>
    public TownCall<Page<HandoffSnapshot>> Handoffs(string? state = null, string? after = null, int? limit = null) =>
        Get<Page<HandoffSnapshot>>("handoffs" + Query(("state", state), ("after", after), ("limit", limit)));

    /// <summary><c>POST /resumes</c>: claims handed-off or parked work, once.</summary>
    public TownCall<ClaimResult> Resume(ResumeRequest request) => Post<ClaimResult>("resumes", request);

    /// <summary><c>GET /assignments/{id}</c>.</summary>
    public TownCall<AssignmentSnapshot> Assignment(Guid id) => Get<AssignmentSnapshot>($"assignments/{id}");

    /// <summary><c>POST /agents</c>.</summary>
    public TownCall<AgentSnapshot> CreateAgent(CreateAgent agent) => Post<AgentSnapshot>("agents", agent);

    /// <summary><c>GET /agents</c>.</summary>
    public TownCall<Page<AgentSnapshot>> Agents(string? rig = null, string? role = null, bool? retired = null, string? after = null, int? limit = null) =>
        Get<Page<AgentSnapshot>>("agents" + Query(("rig", rig), ("role", role), ("retired", retired), ("after", after), ("limit", limit)));

    /// <summary><c>GET /agents/{id}</c>.</summary>
    public TownCall<AgentDetail> Agent(string id) => Get<AgentDetail>($"agents/{Esc(id)}");

    /// <summary><c>POST /agents/{id}/retire</c>.</summary>
    public TownCall<AgentSnapshot> RetireAgent(string id, string? reason = null) => Post<AgentSnapshot>($"agents/{Esc(id)}/retire", new WithReason(reason));

    /// <summary><c>GET /agents/{id}/health</c>.</summary>
    public TownCall<AgentHealth> AgentHealth(string id) => Get<AgentHealth>($"agents/{Esc(id)}/health");

    /// <summary><c>POST /agents/{id}/mail</c>: the sender is who the token says.</summary>
    public TownCall<MailSnapshot> SendMail(string agentId, SendMail mail) => Post<MailSnapshot>($"agents/{Esc(agentId)}/mail", mail);

    /// <summary><c>POST /mail/{id}/read</c>.</summary>
    public TownCall<MailSnapshot> MarkRead(Guid mailId) => Post<MailSnapshot>($"mail/{mailId}/read");

    /// <summary><c>POST /mail/{id}/take</c>: it is the caller's to handle for a while.</summary>
    public TownCall<MailSnapshot> TakeMail(Guid mailId, TakeMail? request = null) => Post<MailSnapshot>($"mail/{mailId}/take", request ?? new TakeMail());

    /// <summary><c>POST /mail/{id}/ack</c>: it is handled.</summary>
    public TownCall<MailSnapshot> AckMail(Guid mailId) => Post<MailSnapshot>($"mail/{mailId}/ack");

    /// <summary><c>GET /agents/{id}/mail</c>, newest first.</summary>
    /// <param name="open">Only what was not acknowledged yet.</param>
    public TownCall<Page<MailSnapshot>> Mail(string agentId, bool? unread = null, string? after = null, int? limit = null, bool? open = null) =>
        Get<Page<MailSnapshot>>($"agents/{Esc(agentId)}/mail" + Query(("unread", unread), ("open", open), ("after", after), ("limit", limit)));
}
