using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.CliTests;

/// <summary>Things a town might answer with.</summary>
static class Sample
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static WorkItemSnapshot Item(string id = "sh-x7k2m", string title = "Fix login", WorkItemState state = WorkItemState.Open, IReadOnlyList<AcceptanceCriterion>? acceptance = null) =>
        new(id, "shop", title, null, WorkItemType.Task, state, 2, state == WorkItemState.Open, null, [], null, acceptance ?? [], null, null, null, null, null, false, "overseer",
            null, null, null, 0, 0, null, null, null, [], Noon, Noon, null, null, null, null, 1);

    public static WorkItemDetail Detail(WorkItemSnapshot item) => WorkItemDetail.Of(item, [], [], null, null);

    public static AssignmentSnapshot Assignment(string item = "sh-x7k2m", MergeStrategy merge = MergeStrategy.Merge) =>
        new(Guid.Parse("0199c3a0-7e1c-7c6e-9d5e-0d2b7b1f6a11"), item, "shop", "shop/crew/ada", "shop/crew/ada", AssignmentState.Leased, 2, 1, 3, 7, 1, null, null, merge,
            "main", $"cm/{item}/7", "Mind the old API", null, Noon, null, null, null, null);

    public static ClaimResult Claim(TimeSpan ttl, MergeStrategy merge = MergeStrategy.Merge, IReadOnlyList<AcceptanceCriterion>? acceptance = null) =>
        new(Assignment(merge: merge), Item(state: WorkItemState.InProgress, acceptance: acceptance), null, [], new Lease("the-lease", 7, TimeProvider.System.GetUtcNow() + ttl));

    public static DoneResult Done(CompletionOutcome outcome = CompletionOutcome.Completed, WorkItemState state = WorkItemState.Submitted) =>
        new("sh-x7k2m", state, new CompletionResult(outcome, state, null, null, "cm/sh-x7k2m/7", null, null, null, "shop/crew/ada", 7, Noon), 7, false);

    public static Page<KnownNode> Nodes(params string[] ids) => Page([.. ids.Select(id => new KnownNode(new(id, 4, [], [], [], false, Noon), Noon, null))]);

    public static Page<T> Page<T>(params T[] items) => new(items, null);
}
