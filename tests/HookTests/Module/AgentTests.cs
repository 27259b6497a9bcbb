using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.HookTests.Module;

/// <summary>Identities, profiles, mail, and tokens that end with their lease.</summary>
public sealed class AgentTests
{
    const string Ada = "shop/crew/ada";

    [Fact]
    public async Task Registered_changed_retired()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        var made = await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent(Ada, "Ada", "command", ["gpu"]));
        Assert.Equal(("crew", "shop", AgentState.Idle), (made.Role, made.RigId, made.State));
        await scene.Overseer.RefusedAsync("/agents", new CreateAgent(Ada), 409, "agent-exists");
        await scene.Overseer.RefusedAsync("/agents", new CreateAgent("nowhere/crew/ada"), 404, "not-found");
        await scene.Overseer.RefusedAsync("/agents", new CreateAgent("Ada!"), 400, "invalid");
        var patched = await scene.Overseer.PatchAsync($"/agents/{Ada}",
            System.Net.Http.Json.JsonContent.Create(new UpdateAgent(Skills: ["sql"], Instructions: "be brief", DisplayName: "")), TestContext.Current.CancellationToken);
        Assert.True(patched.IsSuccessStatusCode);
        var detail = await scene.Overseer.ReadAsync<AgentDetail>($"/agents/{Ada}");
        Assert.Equal(("be brief", "sql", null), (detail.Profile.Instructions, Assert.Single(detail.Profile.Skills), detail.DisplayName));

        await scene.ItemAsync("sh-a");
        await scene.SlingAsync(Ada, "sh-a");
        var claim = await scene.ClaimAsync(Ada);
        Assert.Equal((AgentState.Working, claim.Assignment.Id), ((await scene.Overseer.ReadAsync<AgentDetail>($"/agents/{Ada}")) is var d ? (d.State, d.AssignmentId) : default));
        Assert.Equal(Ada, Assert.Single((await scene.Overseer.ReadAsync<Page<AgentSnapshot>>("/agents?state=working")).Items).Id);
        Assert.Empty((await scene.Overseer.ReadAsync<Page<AgentSnapshot>>("/agents?state=idle&rig=shop")).Items);
        await scene.Overseer.RefusedAsync($"/agents/{Ada}/retire", null, 409, "agent-working");
        await scene.Agent(Ada).SendAsync("/leases/release", new ReleaseRequest(claim.Lease.Token));
        Assert.Equal(AgentState.Retired, (await scene.Overseer.PostAsync<AgentSnapshot>($"/agents/{Ada}/retire", null)).State);
        Assert.Equal("shop/pool", (await scene.AssignmentAsync(claim.Assignment.Id)).HookId);
        await scene.Agent(Ada).RefusedAsync($"/hooks/{Ada}/claim", null, 409, "agent-retired");
    }

    [Fact]
    public async Task The_record_counts_what_the_merge_queue_said()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.SlingAsync("shop/pool", "sh-a");
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        await scene.Agent(Ada).PostAsync<DoneResult>("/work-items/sh-a/done", Scene.Completed(claim));
        await scene.Host.PublishAsync(new MergeSucceeded(scene.Header(MergeSucceeded.Type), DispatchTests.Request(claim, 1, MergeRequestState.Merged)), TestContext.Current.CancellationToken);
        await scene.IdleAsync();
        var record = (await scene.Overseer.ReadAsync<AgentDetail>($"/agents/{Ada}")).Profile.TrackRecord;
        Assert.Equal((1, 1, 0), (record.Completions, record.Merges, record.Rejections));
    }

    [Fact]
    public async Task Mail_is_from_whoever_the_token_says_and_survives_reading()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent(Ada));
        var sent = await scene.Agent("shop/crew/bob").PostAsync<MailSnapshot>($"/agents/{Ada}/mail", new SendMail("hello", "text"));
        Assert.Equal("shop/crew/bob", sent.From);
        await scene.Overseer.RefusedAsync("/agents/shop/crew/nobody/mail", new SendMail("hello", "text"), 404, "not-found");
        Assert.Single((await scene.Agent(Ada).ReadAsync<Page<MailSnapshot>>($"/agents/{Ada}/mail?unread=true")).Items);
        await scene.Agent("shop/crew/bob").RefusedAsync($"/mail/{sent.Id}/read", null, 403, "forbidden");
        Assert.NotNull((await scene.Agent(Ada).PostAsync<MailSnapshot>($"/mail/{sent.Id}/ack", null)).ReadAt);
        Assert.Empty((await scene.Agent(Ada).ReadAsync<Page<MailSnapshot>>($"/agents/{Ada}/mail?unread=true")).Items);
        await scene.Agent(Ada).PostAsync<MailSnapshot>($"/mail/{sent.Id}/archive", null);
        Assert.Single((await scene.Agent(Ada).ReadAsync<Page<MailSnapshot>>($"/agents/{Ada}/mail")).Items);
        await scene.IdleAsync();
        Assert.Single(scene.Host.Probe.Events(MailSent.Type));

        // Sent in one instant of the clock: no page loses one of them.
        foreach (var subject in new[] { "two", "three" }) await scene.Overseer.PostAsync<MailSnapshot>($"/agents/{Ada}/mail", new SendMail(subject, "text"));
        var (seen, after) = (new List<string>(), "");
        do
        {
            var page = await scene.Agent(Ada).ReadAsync<Page<MailSnapshot>>($"/agents/{Ada}/mail?limit=1{after}");
            seen.AddRange(page.Items.Select(m => m.Subject));
            after = page.Next is null ? "" : $"&after={page.Next}";
        }
        while (after.Length > 0);
        Assert.Equal(["hello", "three", "two"], seen.Order());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Of_two_who_take_a_message_one_has_it_until_its_time_is_over(bool postgres)
    {
        await using var scene = await Scene.StartAsync(postgres);
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent("mayor"));
        var mayor = scene.Agent("mayor");
        var sent = await scene.Overseer.PostAsync<MailSnapshot>("/agents/mayor/mail", new SendMail("what is stuck?", "all of it"));
        var take = $"/mail/{sent.Id}/take";
        await scene.Agent("shop/crew/bob").RefusedAsync(take, new TakeMail(), 403, "forbidden");
        await mayor.RefusedAsync(take, new TakeMail(9), 400, "invalid");

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => mayor.SendAsync(take, new TakeMail(60))));
        Assert.Equal([200, 409, 409, 409, 409, 409], answers.Select(a => (int)a.StatusCode).Order());
        await mayor.RefusedAsync(take, new TakeMail(60, Take: 2), 409, "mail-taken");
        scene.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(1, (await mayor.PostAsync<MailSnapshot>(take, new TakeMail(60, Take: 1))).Takes);
        scene.Clock.Advance(TimeSpan.FromSeconds(50));
        await mayor.RefusedAsync(take, new TakeMail(), 409, "mail-taken");
        scene.Clock.Advance(TimeSpan.FromSeconds(11));

        // The first one is thought dead; it may not have it back, and it is still open.
        Assert.Equal(2, (await mayor.PostAsync<MailSnapshot>(take, new TakeMail())).Takes);
        await mayor.RefusedAsync(take, new TakeMail(60, Take: 1), 409, "mail-taken");
        Assert.Single((await mayor.ReadAsync<Page<MailSnapshot>>("/agents/mayor/mail?open=true")).Items);
        await mayor.PostAsync<MailSnapshot>($"/mail/{sent.Id}/ack", null);
        Assert.Empty((await mayor.ReadAsync<Page<MailSnapshot>>("/agents/mayor/mail?open=true")).Items);
        await mayor.RefusedAsync(take, new TakeMail(60, Take: 2), 409, "mail-handled");
        await scene.IdleAsync();
        Assert.Equal([1, 2], scene.Host.Probe.Of<MailTaken>().Select(e => e.Mail.Takes));
    }

    [Fact]
    public async Task A_take_that_is_given_back_is_counted_as_such_and_the_message_is_free_at_once()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent("mayor"));
        var mayor = scene.Agent("mayor");
        var sent = await scene.Overseer.PostAsync<MailSnapshot>("/agents/mayor/mail", new SendMail("what is stuck?", "all of it"));
        var take = $"/mail/{sent.Id}/take";
        await mayor.RefusedAsync(take, new TakeMail(GiveBack: true), 400, "invalid");
        await mayor.PostAsync<MailSnapshot>(take, new TakeMail());
        // Also in a stopped town, where nobody may take it; said twice it counts once.
        await scene.Overseer.PostAsync<EmergencyStop>("/runtime/stop", new StopRequest(StopScope.Town));
        foreach (var _ in (int[])[1, 2])
        {
            var back = await mayor.PostAsync<MailSnapshot>(take, new TakeMail(Take: 1, GiveBack: true));
            Assert.Equal((1, 1, null), (back.Takes, back.GivenBack, back.TakenUntil));
        }
        await mayor.RefusedAsync(take, new TakeMail(Take: 1), 409, "mail-taken");
        await mayor.RefusedAsync(take, new TakeMail(), 409, "stopped");
        await scene.Overseer.PostAsync<Page<EmergencyStop>>("/runtime/resume", new StopRequest(StopScope.Town));
        var again = await mayor.PostAsync<MailSnapshot>(take, new TakeMail());
        Assert.Equal((2, 1), (again.Takes, again.GivenBack));
        await mayor.RefusedAsync(take, new TakeMail(Take: 1, GiveBack: true), 409, "mail-taken");
        await scene.IdleAsync();
        Assert.Single(scene.Host.Probe.Events(MailGivenBack.Type));
    }

    [Fact]
    public async Task A_token_for_one_rig_sees_and_does_nothing_in_another()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.RigAsync("barn");
        await scene.ItemAsync("sh-a");
        await scene.ItemAsync("ba-a", "barn");
        foreach (var (agent, item) in new[] { (Ada, "sh-a"), ("barn/crew/bo", "ba-a") })
        {
            await scene.Overseer.PostAsync<AgentSnapshot>("/agents", new CreateAgent(agent));
            await scene.SlingAsync(agent, item);
            var claim = await scene.ClaimAsync(agent);
            await scene.Agent(agent).PostAsync<HandoffSnapshot>("/handoffs", new HandoffRequest(claim.Lease.Token));
        }
        using var barn = scene.Host.Client("overseer/kim", ServiceDefaults.Auth.Roles.Operator, rigs: "barn");
        Assert.Equal(["ba-a"], (await barn.ReadAsync<Page<AssignmentSnapshot>>("/assignments")).Items.Select(a => a.WorkItemId));
        Assert.Equal(["ba-a"], (await barn.ReadAsync<Page<HandoffSnapshot>>("/handoffs")).Items.Select(h => h.WorkItemId));
        Assert.Equal(["barn/crew/bo"], (await barn.ReadAsync<Page<AgentSnapshot>>("/agents")).Items.Select(a => a.Id));
        var (theirs, handoff) = ((await scene.Overseer.ReadAsync<Page<AssignmentSnapshot>>("/assignments?rig=shop")).Items[0], (await scene.Overseer.ReadAsync<Page<HandoffSnapshot>>("/handoffs?workItem=sh-a")).Items[0]);
        foreach (var path in new[] { $"/assignments/{theirs.Id}", $"/handoffs/{handoff.Id}", $"/hooks/{Ada}", "/hooks/shop/pool", "/rigs/shop/queue", $"/agents/{Ada}/mail" })
            Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await barn.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        foreach (var agent in new[] { Ada, "barn/crew/bo" }) await barn.RefusedAsync("/resumes", new ResumeRequest(HandoffId: handoff.Id, AgentId: agent), 403, "forbidden");
        await barn.RefusedAsync($"/hooks/{Ada}/unsling", new UnslingRequest("sh-a"), 403, "forbidden");
        await barn.RefusedAsync("/scheduler/pause", new SchedulerScope("rig:shop"), 403, "forbidden");
        Assert.True((await barn.SendAsync("/scheduler/pause", new SchedulerScope("rig:barn"))).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_sessions_token_ends_with_its_lease_but_may_repeat_its_done()
    {
        await using var scene = await Scene.StartAsync();
        await scene.RigAsync();
        await scene.ItemAsync("sh-a");
        await scene.ItemAsync("sh-b");
        await scene.SlingAsync("shop/pool", "sh-a");
        var claim = await scene.ClaimAsync(Ada, "shop/pool");
        var session = scene.Agent(Ada, claim.Assignment.Id, claim.Lease.Fence);
        await session.PostAsync<MailSnapshot>($"/agents/{Ada}/mail", new SendMail("note", "to self"));
        await session.PostAsync<RenewResult>("/leases/renew", new RenewRequest(claim.Lease.Token));
        await scene.Agent(Ada, Guid.NewGuid(), 1).RefusedAsync("/leases/renew", new RenewRequest(claim.Lease.Token), 403, "session-ended");
        var done = Scene.Completed(claim);
        await session.PostAsync<DoneResult>("/work-items/sh-a/done", done);
        Assert.True((await session.PostAsync<DoneResult>("/work-items/sh-a/done", done)).Replayed);
        await session.RefusedAsync($"/agents/{Ada}/mail", new SendMail("note", "late"), 403, "session-ended");
        await session.RefusedAsync($"/hooks/{Ada}/claim", null, 403, "session-ended");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await session.GetAsync($"/agents/{Ada}/mail", TestContext.Current.CancellationToken)).StatusCode);
        await session.RefusedAsync("/hooks/shop/pool/sling", new SlingRequest("sh-b"), 403, "session-ended");
    }
}
