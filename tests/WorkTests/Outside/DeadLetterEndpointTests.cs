using System.Net;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.WorkTests.Outside;

/// <summary><c>/dead-letters/{service}</c>, the same for every module; here on Work's.</summary>
public sealed class DeadLetterEndpointTests : WorkHost
{
    const string Endpoint = "work-deferral-ended";

    [Fact]
    public async Task Listed_by_cause_shown_replayed_once_and_told_in_the_trail()
    {
        var item = await CreateAsync("stranded");
        var (first, second) = (await BuryAsync(item.Id, "System.TimeoutException: no answer in 30 s"), await BuryAsync(item.Id, "System.TimeoutException: no answer in 45 s"));
        await BuryAsync(item.Id, "System.InvalidOperationException: something else");
        var list = await SendAsync<DeadLetterList>(HttpMethod.Get, "/dead-letters/work", null);
        Assert.Equal((3, 2), (list.Total, list.Groups.Count));
        var group = list.Groups.Single(g => g.Count == 2);
        Assert.Equal((Endpoint, "DeferralEnded", "System.TimeoutException: no answer in # s"), (group.Endpoint, group.MessageType, group.Cause));
        Assert.Equal([item.Id], group.WorkItemIds);
        var shown = await SendAsync<DeadLetterDetail>(HttpMethod.Get, $"/dead-letters/work/{first}", null);
        Assert.Contains("no answer in 30 s", shown.Exception);
        Assert.Contains(item.Id, shown.Body);

        Assert.Equal(1, (await SendAsync<DeadLettersDone>(HttpMethod.Post, $"/dead-letters/work/{first}/replay", null)).Count);
        await Host.IdleAsync(Ct);
        Assert.True(await DatabaseAsync(db => db.Inbox.AnyAsync(x => x.Consumer == Endpoint && x.MessageId == shown.Letter.MessageId, Ct)), "it was delivered");
        await RefusedAsync(HttpMethod.Post, $"/dead-letters/work/{first}/replay", null, 404, "not-found");
        var told = Assert.Single(await EventsAsync("&type=dead-letter.replayed"));
        Assert.Equal(("overseer", item.Id, "work"), (told.ActorAgentId, told.WorkItemId, told.Payload.GetProperty("letter").GetProperty("service").GetString()));

        Assert.Equal(1, (await SendAsync<DeadLettersDone>(HttpMethod.Post, $"/dead-letters/work/{second}/discard", new WithReason("not wanted"))).Count);
        Assert.Equal("not wanted", Assert.Single(await EventsAsync("&type=dead-letter.discarded")).Payload.GetProperty("reason").GetString());
        Assert.Equal(1, (await SendAsync<DeadLetterList>(HttpMethod.Get, "/dead-letters/work", null)).Total);
    }

    [Fact]
    public async Task A_group_goes_as_a_whole()
    {
        for (var i = 0; i < 450; i++) await BuryAsync("sh-x7k2m", $"System.Exception: try {i}", save: i % 90 == 89);
        await BuryAsync("sh-x7k2m", "System.Exception: other");
        var key = (await SendAsync<DeadLetterList>(HttpMethod.Get, "/dead-letters/work", null)).Groups.Single(g => g.Count == 450).Key;
        Assert.Equal(450, (await SendAsync<DeadLettersDone>(HttpMethod.Post, $"/dead-letters/work/groups/{key}/discard", new WithReason("all of it"))).Count);
        Assert.Equal(1, (await SendAsync<DeadLetterList>(HttpMethod.Get, "/dead-letters/work", null)).Total);
        await RefusedAsync(HttpMethod.Post, $"/dead-letters/work/groups/{key}/replay", null, 404, "not-found");
        Assert.Equal(450, (await EventsAsync("&type=dead-letter.discarded")).Count);
    }

    [Fact]
    public async Task What_is_no_message_or_has_no_endpoint_is_only_discarded()
    {
        var id = await BuryAsync("sh-x7k2m", "System.Exception: x", endpoint: "work-nobody");
        var unread = await BuryAsync("sh-x7k2m", "System.Exception: x", types: "");
        foreach (var letter in new[] { id, unread })
        {
            Assert.False((await SendAsync<DeadLetterDetail>(HttpMethod.Get, $"/dead-letters/work/{letter}", null)).Letter.Replayable);
            await RefusedAsync(HttpMethod.Post, $"/dead-letters/work/{letter}/replay", null, 409, "not-replayable");
            await SendAsync<DeadLettersDone>(HttpMethod.Post, $"/dead-letters/work/{letter}/discard", null, HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Only_operators_see_and_act()
    {
        var id = await BuryAsync("sh-x7k2m", "System.Exception: x");
        foreach (var role in new[] { Roles.Viewer, Roles.Agent, Roles.Publisher, Roles.Supervisor })
        {
            var by = Host.Client("shop/crew/ada", role);
            await RefusedAsync(HttpMethod.Get, "/dead-letters/work", null, 403, "forbidden", by);
            await RefusedAsync(HttpMethod.Get, $"/dead-letters/work/{id}", null, 403, "forbidden", by);
            await RefusedAsync(HttpMethod.Post, $"/dead-letters/work/{id}/replay", null, 403, "forbidden", by);
            await RefusedAsync(HttpMethod.Post, $"/dead-letters/work/groups/g0/discard", null, 403, "forbidden", by);
        }
    }

    /// <summary>A message that Work gave up on.</summary>
    async Task<long> BuryAsync(string item, string exception, string endpoint = Endpoint, string types = "urn:message:ClaudeManage.Work.Consumers:DeferralEnded", bool save = true)
    {
        var id = Guid.NewGuid();
        _buried.Add(new DeadLetterRow
        {
            Queue = endpoint + "_error",
            MessageId = id,
            ContentType = "application/vnd.masstransit+json",
            MessageTypes = types,
            Body = $$"""{"messageId":"{{id}}","messageType":["urn:message:ClaudeManage.Work.Consumers:DeferralEnded"],"message":{"workItemId":"{{item}}","until":"2026-05-04T08:00:00Z"} }""",
            Exception = exception + "\n   at Somewhere",
            Attempts = 4,
            At = Clock.GetUtcNow(),
        });
        if (!save) return 0;
        var row = _buried[^1];
        await DatabaseAsync(async db =>
        {
            db.AddRange(_buried);
            return await db.SaveChangesAsync(Ct);
        });
        _buried.Clear();
        return row.Id;
    }

    readonly List<DeadLetterRow> _buried = [];
}
