using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Client;

public sealed partial class TownClient
{
    /// <summary><c>GET /work-items/{id}</c>: the item and what stands around it.</summary>
    public TownCall<WorkItemDetail> WorkItem(string id) => Get<WorkItemDetail>($"work-items/{Esc(id)}");

    /// <summary><c>GET /work-items/{id}/graph</c>: what it waits for and what waits for it, at whatever distance.</summary>
    public TownCall<WorkItemGraph> WorkItemGraph(string id) => Get<WorkItemGraph>($"work-items/{Esc(id)}/graph");

    /// <summary><c>GET /events/verify</c>: walks the trail's hash chain.</summary>
    public TownCall<TrailVerification> VerifyTrail() => Get<TrailVerification>("events/verify").Within(TimeSpan.FromMinutes(10));

    /// <summary><c>POST /runtime/replay</c>: folds the trail beside the live table and reports every difference.</summary>
    public TownCall<ReplayResult> Replay() => Post<ReplayResult>("runtime/replay").Within(TimeSpan.FromMinutes(10));

    /// <summary><c>GET /hooks/{id}</c>: the queue of an agent or a pool.</summary>
    public TownCall<HookDetail> Hook(string hookId) => Get<HookDetail>($"hooks/{Esc(hookId)}");

    /// <summary><c>POST /hooks/{id}/unsling</c>: takes an item off a hook; it is open again.</summary>
    public TownCall<AssignmentSnapshot> Unsling(string hookId, string workItemId, string? reason = null) =>
        Post<AssignmentSnapshot>($"hooks/{Esc(hookId)}/unsling", new UnslingRequest(workItemId, reason));

    /// <summary><c>GET /rigs/{id}/queue</c>.</summary>
    public TownCall<RigQueue> RigQueue(string rigId) => Get<RigQueue>($"rigs/{Esc(rigId)}/queue");

    /// <summary><c>GET /scheduler</c>.</summary>
    public TownCall<SchedulerStatus> Scheduler() => Get<SchedulerStatus>("scheduler");

    /// <summary><c>POST /scheduler/pause</c>.</summary>
    /// <param name="scope"><c>town</c> or <c>rig:id</c>.</param>
    public TownCall<SchedulerStatus> PauseScheduler(string scope, string? reason = null) => Post<SchedulerStatus>("scheduler/pause", new SchedulerScope(scope, reason));

    /// <summary><c>POST /scheduler/resume</c>.</summary>
    public TownCall<SchedulerStatus> ResumeScheduler(string scope) => Post<SchedulerStatus>("scheduler/resume", new SchedulerScope(scope));

    /// <summary><c>GET /runtime/stops</c>: emergency stops in force, and what of their scope somebody still has.</summary>
    public TownCall<Page<EmergencyStop>> Stops() => Get<Page<EmergencyStop>>("runtime/stops");

    /// <summary><c>POST /runtime/stop</c>: no agent of the scope goes on or starts until it is lifted.</summary>
    /// <param name="scope"><c>town</c>, <c>rig:id</c> or <c>convoy:id</c>.</param>
    public TownCall<EmergencyStop> Stop(string scope, string? reason = null) => Post<EmergencyStop>("runtime/stop", new StopRequest(scope, reason));

    /// <summary><c>POST /runtime/resume</c>: lifts an emergency stop; answers with those still in force.</summary>
    public TownCall<Page<EmergencyStop>> LiftStop(string scope, string? reason = null) => Post<Page<EmergencyStop>>("runtime/resume", new StopRequest(scope, reason));

    /// <summary><c>POST /runtime/workers</c>: sling to the rig's pool and have it run.</summary>
    public TownCall<SlingResult> SpawnWorker(string rigId, string workItemId) => Post<SlingResult>("runtime/workers", new SpawnWorker(rigId, workItemId));

    /// <summary><c>POST /runtime/reconcile</c>.</summary>
    public TownCall<ReconcileResult> Reconcile() => Post<ReconcileResult>("runtime/reconcile").Within(TimeSpan.FromMinutes(2));
}
