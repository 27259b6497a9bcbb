using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Tests.Hosting;

/// <summary>Plausible contract values to feed a module with; change what matters with <c>with</c>.</summary>
public static class Samples
{
    /// <summary>The moment samples are from.</summary>
    public static readonly DateTimeOffset Moment = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A header of the given type.</summary>
    public static RunEvent Event(string type, string actor = "overseer", string? workItemId = null, DateTimeOffset? at = null) =>
        new(Ids.Ordered(at ?? Moment), type, actor, at ?? Moment, workItemId);

    /// <summary>A rig without a repository.</summary>
    public static RigSnapshot Rig(string id = "shop", string prefix = "sh", RigSettings? settings = null, long version = 1) =>
        new(id, prefix, null, null, RigState.Active, settings ?? new RigSettings(), Moment, Moment, version);

    /// <summary>An open, ready item at version 1.</summary>
    public static WorkItemSnapshot Item(string id, string rig = "shop", long version = 1, WorkItemState state = WorkItemState.Open, params string[] blockedBy) => new(
        id, rig, $"Item {id}", null, WorkItemType.Task, state, 2, state is WorkItemState.Open && blockedBy.Length == 0, null, [], null, [], null, null, null, null, null, false,
        "overseer", null, null, null, 0, 0, null, null, null, [.. blockedBy.Select(b => new Dependency(b, DependencyType.Blocks))], Moment, Moment,
        state is WorkItemState.Closed ? Moment : null, null, null, null, version);

    /// <summary>A leased assignment.</summary>
    public static AssignmentSnapshot Assignment(string item, string agent, long fence = 1, AssignmentState state = AssignmentState.Leased, Guid? id = null, long revision = 1) => new(
        id ?? Ids.Ordered(Moment), item, "shop", agent, agent, state, 2, 1, 3, fence, revision, Moment.AddSeconds(90), null, MergeStrategy.Merge, "main",
        $"cm/{item}/{fence}", null, null, Moment, null, null, null, null);
}
