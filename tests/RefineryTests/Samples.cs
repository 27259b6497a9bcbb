using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.RefineryTests;

/// <summary>What Work and Hook would publish.</summary>
static class Samples
{
    static readonly DateTimeOffset Then = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static RigSnapshot Rig(string? url, MergeSettings merge, long version = 1, string branch = "main") =>
        new("shop", "sh", url, branch, RigState.Active, new RigSettings(Merge: merge), Then, Then, version);

    public static RunEvent Event(string type, string? item = null, string actor = "shop/polecats/nux") => new(Guid.CreateVersion7(), type, actor, Then, item, "shop");

    public static WorkItemSnapshot Item(string id, long version, WorkItemState state = WorkItemState.Submitted, WorkItemSubmission? submission = null, int priority = 2, WorkItemOutcome? outcome = null) =>
        new(id, "shop", $"Title of {id}", null, WorkItemType.Task, state, priority, false, null, [], null, [], null, null, null, null, null, false, "overseer", "shop/polecats/nux",
            "shop/polecats/nux", null, submission?.Fence ?? 1, version, "hq-cv-aaaaa", null, null, [], Then, Then, null, null, submission, outcome, version);

    public static WorkItemSubmitted Submitted(string id, string branch, string? commit, long fence = 1, MergeStrategy strategy = MergeStrategy.Merge, int priority = 2, int attempt = 1) =>
        new(Event(WorkItemSubmitted.Type, id), Item(id, fence * 10, priority: priority,
            submission: new WorkItemSubmission("shop/polecats/nux", fence, branch, commit, "main", strategy, attempt, "what was done", null, Then)));

    public static LeaseGranted Leased(string id, long fence) =>
        new(Event(LeaseGranted.Type, id), new AssignmentSnapshot(Guid.NewGuid(), id, "shop", "shop/pool", "shop/polecats/ace", AssignmentState.Leased, 2, 2, 3, fence, fence * 10,
            null, null, MergeStrategy.Merge, "main", null, null, null, Then, null, null, null, null));

    public static GateDefinition Gate(string name, string script, int timeout = 60, int retries = 0, bool required = true, Dictionary<string, string>? env = null) =>
        new(name, ["sh", "-c", script], timeout, retries, required, env);
}
