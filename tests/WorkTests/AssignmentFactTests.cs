using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.WorkTests;

/// <summary>What Hook and Refinery say becomes the item's state, whatever order it arrives in.</summary>
public sealed class AssignmentFactTests : WorkHost
{
    const string Nux = "shop/polecats/nux";
    readonly Guid _id = Ids.Ordered(Samples.Moment);

    [Fact]
    public async Task An_item_goes_its_way_to_merged()
    {
        var item = await CreateAsync("t");
        await HearAsync(item.Id, AssignmentState.Queued, 1, 0, (e, a) => new AssignmentQueued(e, a));
        var hooked = await ShowAsync(item.Id);
        Assert.Equal((WorkItemState.Hooked, Nux, false, 1L), (hooked.State, hooked.HookId, hooked.Ready, hooked.Revision));
        await HearAsync(item.Id, AssignmentState.Leased, 2, 1, (e, a) => new LeaseGranted(e, a));
        Assert.Equal((WorkItemState.InProgress, 1L, Nux), await StateAsync(item.Id));
        await DoneAsync(item.Id, 3, 1, WorkItemState.Submitted);
        var submitted = await ShowAsync(item.Id);
        Assert.Equal((WorkItemState.Submitted, 1L, $"cm/{item.Id}/1", "abc"), (submitted.State, submitted.Submission!.Fence, submitted.Submission.Branch, submitted.Submission.Commit));
        Assert.Equal(AssignmentState.Completed, submitted.Assignment!.State);
        await MergeAsync(item.Id, 1, 1, (e, r) => new MergeQueued(e, r));
        Assert.Equal("sh-mr-00001", (await ShowAsync(item.Id)).MergeRequestId);
        await MergeAsync(item.Id, 1, 2, (e, r) => new MergeSucceeded(e, r with { State = MergeRequestState.Merged, MergedCommit = "def" }));
        var closed = await ShowAsync(item.Id);
        Assert.Equal((WorkItemState.Closed, OutcomeKind.Merged, "def", 1L), (closed.State, closed.Outcome!.Kind, closed.Outcome.MergedCommit, closed.Outcome.Fence));
        Assert.Equal(MergeRequestState.Merged, closed.MergeRequest!.State);

        await HearAsync(item.Id, AssignmentState.Queued, 9, 1, (e, a) => new AssignmentQueued(e, a));
        Assert.Equal(closed.Version, (await ShowAsync(item.Id)).Version);      // about a closed item nothing changes
        Assert.Contains(await EventsAsync($"&workItem={item.Id}"), e => e.EventType == AssignmentQueued.Type && e.Payload.GetProperty("assignment").GetProperty("revision").GetInt64() == 9);
        Assert.Equal(
            ["work-item.created", "work-item.ready", "work-item.hooked", "work-item.started", "work-item.submitted", "work-item.updated", "work-item.closed"],
            (await EventsAsync($"&workItem={item.Id}&type=work-item.*")).Select(e => e.EventType));
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task A_refused_merge_opens_the_item_with_feedback_only_for_its_own_fence()
    {
        var item = await CreateAsync("t");
        await DoneAsync(item.Id, 3, 2, WorkItemState.Submitted);      // the first thing heard: walked through the table
        await MergeAsync(item.Id, 1, 1, (e, r) => new MergeRejected(e, r with { Feedback = "old" }));
        Assert.Equal(WorkItemState.Submitted, (await ShowAsync(item.Id)).State);
        await MergeAsync(item.Id, 2, 2, (e, r) => new MergeConflicted(e, r with { Feedback = "conflict in a.txt", State = MergeRequestState.Conflicted }));
        var open = await ShowAsync(item.Id);
        Assert.Equal((WorkItemState.Open, "conflict in a.txt", null), (open.State, open.Feedback, open.AssignedAgentId));
        Assert.Contains(item.Id, await ReadyAsync());
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task Events_that_come_late_or_twice_or_not_at_all_lead_to_the_same_state()
    {
        var item = await CreateAsync("t");
        await HearAsync(item.Id, AssignmentState.Leased, 5, 2, (e, a) => new LeaseGranted(e, a));
        Assert.Equal((WorkItemState.InProgress, 2L, Nux), await StateAsync(item.Id));
        var version = (await ShowAsync(item.Id)).Version;
        await HearAsync(item.Id, AssignmentState.Queued, 3, 1, (e, a) => new LeaseExpired(e, a));
        await HearAsync(item.Id, AssignmentState.Leased, 5, 2, (e, a) => new LeaseGranted(e, a));
        Assert.Equal(version, (await ShowAsync(item.Id)).Version);
        await HearAsync(item.Id, AssignmentState.Leased, 8, 3, (e, a) => new LeaseGranted(e, a));      // lost and granted again in between
        Assert.Equal((WorkItemState.InProgress, 3L, Nux), await StateAsync(item.Id));
        Assert.Equal(["work-item.hooked", "work-item.started", "work-item.hooked", "work-item.started"], (await EventsAsync($"&workItem={item.Id}&type=work-item.*"))
            .Select(e => e.EventType).Where(t => t is "work-item.hooked" or "work-item.started"));
        await HearAsync(item.Id, AssignmentState.Parked, 9, 3, (e, a) => new AssignmentParked(e, a));
        Assert.Equal(WorkItemState.Parked, (await ShowAsync(item.Id)).State);
        await HearAsync(item.Id, AssignmentState.Queued, 10, 3, (e, a) => new AssignmentQueued(e, a));
        Assert.Equal(WorkItemState.Hooked, (await ShowAsync(item.Id)).State);
        await HearAsync(item.Id, AssignmentState.Exhausted, 11, 3, (e, a) => new AssignmentExhausted(e, a, "three attempts"));
        var open = await ShowAsync(item.Id);
        Assert.Equal((WorkItemState.Open, "three attempts", null, null, true), (open.State, open.Feedback, open.HookId, open.AssignmentId, open.Ready));
        await HearAsync("sh-nobody", AssignmentState.Queued, 1, 0, (e, a) => new AssignmentQueued(e, a with { Id = Ids.Ordered(Samples.Moment) }));
        await AssertReplaysAsync();
    }

    [Fact]
    public async Task Work_done_without_a_merge_closes_and_frees_what_waited()
    {
        var item = await CreateAsync("t");
        var waiting = await CreateAsync("w", item.Id);
        await HearAsync(item.Id, AssignmentState.Leased, 2, 1, (e, a) => new LeaseGranted(e, a));
        await DoneAsync(item.Id, 3, 1, WorkItemState.Closed, CompletionOutcome.NoChange);
        var closed = await ShowAsync(item.Id);
        Assert.Equal((WorkItemState.Closed, OutcomeKind.NoChange, Nux, "done"), (closed.State, closed.Outcome!.Kind, closed.Outcome.By, closed.Outcome.Summary));
        Assert.Equal([waiting.Id], await ReadyAsync());
        Assert.Contains(await EventsAsync($"&workItem={waiting.Id}"), e => e.EventType == WorkItemReady.Type && e.ActorAgentId == Nux);
    }

    [Fact]
    public async Task A_session_writes_only_while_its_lease_lives_and_its_agent_may_close_what_it_holds()
    {
        var item = await CreateAsync("t");
        await HearAsync(item.Id, AssignmentState.Leased, 2, 1, (e, a) => new LeaseGranted(e, a));
        var session = Host.Client(Nux, Roles.Agent, _id, 1);
        await SendAsync<WorkItemSnapshot>(HttpMethod.Post, "/work-items", new CreateWorkItem("shop", "found"), System.Net.HttpStatusCode.Created, session);
        await SendAsync<WorkItemSnapshot>(HttpMethod.Patch, $"/work-items/{item.Id}", new UpdateWorkItem(Notes: "n"), by: session);
        await HearAsync(item.Id, AssignmentState.Leased, 5, 2, (e, a) => new LeaseGranted(e, a));
        var refused = await RefusedAsync(HttpMethod.Post, $"/work-items/{item.Id}/comments", new AddComment("late"), 409, "lease-lost", session);
        Assert.Equal((2, Nux), (refused.GetProperty("fence").GetInt64(), refused.GetProperty("holder").GetString()));
        await RefusedAsync(HttpMethod.Post, $"/work-items/{item.Id}/close", new CloseWorkItem(), 409, "lease-lost", session);
        var current = Host.Client(Nux, Roles.Agent, _id, 2);
        Assert.Equal(Nux, (await SendAsync<WorkItemSnapshot>(HttpMethod.Post, $"/work-items/{item.Id}/close", new CloseWorkItem(OutcomeKind.Duplicate, "of another"), by: current)).Outcome!.By);
    }

    [Fact]
    public async Task Assigned_items_are_not_thrown_away()
    {
        var item = await CreateAsync("t");
        await HearAsync(item.Id, AssignmentState.Queued, 1, 0, (e, a) => new AssignmentQueued(e, a));
        await RefusedAsync(HttpMethod.Delete, $"/work-items/{item.Id}", null, 409, "assigned");
        await RefusedAsync(HttpMethod.Patch, $"/work-items/{item.Id}", new UpdateWorkItem(Type: WorkItemType.Epic), 409, "assigned");
        Assert.Equal(item.Id, (await SendAsync<Page<WorkItemSnapshot>>(HttpMethod.Get, $"/work-items?assignee={Nux}", null)).Items.Single().Id);
    }

    [Fact]
    public async Task A_message_of_a_newer_version_counts_and_is_kept_whole()
    {
        var item = await CreateAsync("t");
        var queued = new AssignmentQueued(Samples.Event(AssignmentQueued.Type, workItemId: item.Id), Samples.Assignment(item.Id, Nux, 0, AssignmentState.Queued, _id));
        await Host.PublishAsync(queued, Ct, envelope => envelope
            .Replace("\"message\":{", "\"message\":{\"novelty\":{\"colour\":\"blue\"},", StringComparison.Ordinal)
            .Replace("\"assignment\":{", "\"assignment\":{\"shift\":\"night\",", StringComparison.Ordinal));
        await Host.IdleAsync(Ct);
        Assert.Equal(WorkItemState.Hooked, (await ShowAsync(item.Id)).State);
        var kept = Assert.Single(await EventsAsync($"&workItem={item.Id}&type={AssignmentQueued.Type}")).Payload;
        Assert.Equal(("blue", "night"), (kept.GetProperty("novelty").GetProperty("colour").GetString(), kept.GetProperty("assignment").GetProperty("shift").GetString()));
    }

    async Task<(WorkItemState, long, string?)> StateAsync(string id) => await ShowAsync(id) is var i ? (i.State, i.Fence, i.AssignedAgentId) : default;

    async Task HearAsync<T>(string item, AssignmentState state, long revision, long fence, Func<RunEvent, AssignmentSnapshot, T> fact) where T : class
    {
        var type = (string)typeof(T).GetField("Type")!.GetValue(null)!;
        await Host.PublishAsync(fact(Samples.Event(type, Nux, item), Samples.Assignment(item, Nux, fence, state, _id, revision)), Ct);
        await Host.IdleAsync(Ct);
    }

    Task DoneAsync(string item, long revision, long fence, WorkItemState to, CompletionOutcome outcome = CompletionOutcome.Completed) =>
        HearAsync(item, AssignmentState.Completed, revision, fence, (e, a) => new AssignmentCompleted(e, a with
        {
            Result = new CompletionResult(outcome, to, "done", null, $"cm/{item}/{fence}", "abc", null, null, Nux, fence, Samples.Moment),
        }));

    async Task MergeAsync<T>(string item, long fence, long version, Func<RunEvent, MergeRequestSnapshot, T> fact) where T : class
    {
        var request = new MergeRequestSnapshot($"sh-mr-0000{fence}", "shop", item, "t", $"cm/{item}/{fence}", "abc", null, "main", Nux, fence, 2, MergeStrategy.Merge, 1,
            MergeRequestState.Queued, [], null, null, null, null, Samples.Moment, Samples.Moment, null, version);
        await Host.PublishAsync(fact(Samples.Event((string)typeof(T).GetField("Type")!.GetValue(null)!, "system/refinery", item), request), Ct);
        await Host.IdleAsync(Ct);
    }
}
