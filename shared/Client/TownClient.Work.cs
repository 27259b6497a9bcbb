using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Client;

/// <summary>Which work items to list. Null does not filter.</summary>
public sealed record WorkItemQuery(
    bool? Ready = null, string? Rig = null, string? State = null, string? Type = null, string? Label = null, string? Assignee = null, string? Convoy = null,
    string? Parent = null, string? Text = null, string? After = null, int? Limit = null);

public sealed partial class TownClient
{
    /// <summary><c>POST /rigs</c>.</summary>
    public TownCall<RigSnapshot> CreateRig(CreateRig rig) => Post<RigSnapshot>("rigs", rig);

    /// <summary><c>GET /rigs</c>.</summary>
    public TownCall<Page<RigSnapshot>> Rigs(string? after = null, int? limit = null) => Get<Page<RigSnapshot>>("rigs" + Query(("after", after), ("limit", limit)));

    /// <summary><c>GET /rigs/{id}</c>.</summary>
    public TownCall<RigSnapshot> Rig(string id) => Get<RigSnapshot>($"rigs/{Esc(id)}");

    /// <summary><c>PATCH /rigs/{id}</c>.</summary>
    public TownCall<RigSnapshot> UpdateRig(string id, UpdateRig change) => new(this, HttpMethod.Patch, $"rigs/{Esc(id)}", change);

    /// <summary><c>POST /work-items</c>: one item.</summary>
    public TownCall<WorkItemSnapshot> CreateWorkItem(CreateWorkItem item) => Post<WorkItemSnapshot>("work-items", item);

    /// <summary><c>POST /work-items</c>: a batch in one transaction; <c>#key</c> refers inside it.</summary>
    public TownCall<Page<WorkItemSnapshot>> CreateWorkItems(IReadOnlyList<CreateWorkItem> items) => Post<Page<WorkItemSnapshot>>("work-items", new { items });

    /// <summary><c>GET /work-items</c>.</summary>
    public TownCall<Page<WorkItemSnapshot>> WorkItems(WorkItemQuery? query = null)
    {
        var q = query ?? new();
        return Get<Page<WorkItemSnapshot>>("work-items" + Query(
            ("ready", q.Ready), ("rig", q.Rig), ("state", q.State), ("type", q.Type), ("label", q.Label), ("assignee", q.Assignee), ("convoy", q.Convoy),
            ("parent", q.Parent), ("text", q.Text), ("after", q.After), ("limit", q.Limit)));
    }

    /// <summary><c>PATCH /work-items/{id}</c>.</summary>
    public TownCall<WorkItemSnapshot> UpdateWorkItem(string id, UpdateWorkItem change) => new(this, HttpMethod.Patch, $"work-items/{Esc(id)}", change);

    /// <summary><c>POST /work-items/{id}/close</c>.</summary>
    public TownCall<WorkItemSnapshot> CloseWorkItem(string id, CloseWorkItem close) => Post<WorkItemSnapshot>($"work-items/{Esc(id)}/close", close);

    /// <summary><c>POST /work-items/{id}/reopen</c>.</summary>
    public TownCall<WorkItemSnapshot> ReopenWorkItem(string id, string? reason) => Post<WorkItemSnapshot>($"work-items/{Esc(id)}/reopen", new WithReason(reason));

    /// <summary><c>DELETE /work-items/{id}</c>: to the trash, restorable for 30 days.</summary>
    public TownCall<WorkItemSnapshot?> TrashWorkItem(string id) => new(this, HttpMethod.Delete, $"work-items/{Esc(id)}");

    /// <summary><c>POST /work-items/{id}/restore</c>.</summary>
    public TownCall<WorkItemSnapshot> RestoreWorkItem(string id) => Post<WorkItemSnapshot>($"work-items/{Esc(id)}/restore");

    /// <summary><c>POST /work-items/{id}/dependencies</c>: the item waits for the target.</summary>
    public TownCall<WorkItemSnapshot> AddDependency(string id, AddDependency dependency) => Post<WorkItemSnapshot>($"work-items/{Esc(id)}/dependencies", dependency);

    /// <summary><c>DELETE /work-items/{id}/dependencies/{target}</c>.</summary>
    public TownCall<WorkItemSnapshot?> RemoveDependency(string id, string targetId) =>
        new(this, HttpMethod.Delete, $"work-items/{Esc(id)}/dependencies/{Esc(targetId)}");

    /// <summary><c>POST /work-items/{id}/comments</c>.</summary>
    public TownCall<Comment> AddComment(string id, string text) => Post<Comment>($"work-items/{Esc(id)}/comments", new AddComment(text));

    /// <summary><c>GET /work-items/{id}/comments</c>.</summary>
    public TownCall<Page<Comment>> Comments(string id, string? after = null, int? limit = null) =>
        Get<Page<Comment>>($"work-items/{Esc(id)}/comments" + Query(("after", after), ("limit", limit)));

    /// <summary><c>GET /work-items/{id}/events</c>: its part of the trail.</summary>
    public TownCall<Page<TrailEntry>> WorkItemEvents(string id, string? after = null, int? limit = null) =>
        Get<Page<TrailEntry>>($"work-items/{Esc(id)}/events" + Query(("after", after), ("limit", limit)));
}
