using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.RefineryTests;

/// <summary>What operators see and do.</summary>
public sealed class EndpointTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_lands_a_branch_and_an_agent_may_not()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(ProtectedPaths: ["ci/"]));
        await town.Origin.BranchAsync("topic", ("ci/run.sh", "exit 0"));
        using var agent = town.Host.Client("shop/polecats/nux", Roles.Agent);
        using var refused = await agent.PostAsJsonAsync("/merge-requests", new CreateMergeRequest("shop", "topic"), Ct);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        using var made = await town.Http.PostAsJsonAsync("/merge-requests", new CreateMergeRequest("shop", "topic", Title: "Checks"), Ct);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var id = (await made.Content.ReadFromJsonAsync<MergeRequestSnapshot>(JsonSettings.Web, Ct))!.Id;
        Assert.StartsWith("sh-mr-", id, StringComparison.Ordinal);
        await Tests.Servers.Eventually.TrueAsync(async () => (await town.ShowAsync(id)).State == MergeRequestState.Merged, TimeSpan.FromSeconds(30), "it lands", Ct);
        Assert.StartsWith("Checks\n", await town.Origin.MessageAsync(await town.Origin.TipAsync()), StringComparison.Ordinal);
        Assert.True(await town.Origin.ExistsAsync("topic"));      // a person's branch is a person's to delete
    }

    [Theory]
    [InlineData("""{"rigId":"shop","branch":"-f"}""", 400, "invalid")]
    [InlineData("""{"rigId":"shop","branch":"x","commit":"abc"}""", 400, "invalid")]
    [InlineData("""{"rigId":"shop","branch":"x","strategy":"direct"}""", 400, "invalid")]
    [InlineData("""{"rigId":"shop","branch":"x","priority":7}""", 400, "invalid")]
    [InlineData("""{"branch":"x"}""", 400, "invalid")]
    [InlineData("""{"rigId":"nowhere","branch":"x"}""", 404, "not-found")]
    [InlineData("""{"rigId":"shop","branch":"main"}""", 422, "branch-is-target")]
    public async Task What_cannot_be_opened_says_why(string body, int status, string code)
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        using var answer = await town.Http.PostAsync("/merge-requests", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ct);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Pause_prioritize_reject_retry_resume()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings(Gates: [Samples.Gate("test", "true")]));
        await town.PostAsync("/rigs/shop/merge-queue/pause", new WithReason("release day"));
        foreach (var item in new[] { "sh-aaaaa", "sh-bbbbb", "sh-ccccc" }) await town.WorkAsync(item, ($"{item}.txt", "x"));
        var queue = await town.QueueAsync();
        Assert.Equal((true, "operator", "release day", "overseer", 3), (queue.Paused, queue.PauseKind, queue.Reason, queue.PausedBy, queue.Queued));
        Assert.Equal(["sh-aaaaa", "sh-bbbbb", "sh-ccccc"], queue.Requests.Select(r => r.WorkItemId));
        Assert.Equal("""["test"]""", queue.Gates.ToString());

        await town.PostAsync($"/merge-requests/{queue.Requests[2].Id}/prioritize");
        await town.PostAsync($"/merge-requests/{queue.Requests[0].Id}/reject", new WithReason("not this one"));
        Assert.Contains("not this one", (await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected)).Feedback, StringComparison.Ordinal);
        Assert.Equal(["sh-ccccc", "sh-bbbbb"], (await town.QueueAsync()).Requests.Select(r => r.WorkItemId));
        using (var twice = await town.Http.PostAsJsonAsync($"/merge-requests/{queue.Requests[0].Id}/reject", new WithReason(null), Ct)) Assert.Equal(HttpStatusCode.Conflict, twice.StatusCode);

        await town.PostAsync($"/merge-requests/{queue.Requests[0].Id}/retry");
        await town.PostAsync("/rigs/shop/merge-queue/resume");
        foreach (var item in new[] { "sh-aaaaa", "sh-bbbbb", "sh-ccccc" }) await town.UntilAsync(item, MergeRequestState.Merged);
        var order = (await town.Origin.FirstParentsAsync()).Skip(1).ToList();
        Assert.Equal((await town.ShowAsync(queue.Requests[2].Id)).MergedCommit, order[0]);
        Assert.Equal(3, order.Count);
    }

    [Fact]
    public async Task A_request_of_an_item_that_was_given_out_again_cannot_be_retried()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        await town.SubmitAsync("sh-aaaaa", "-x", null);
        var request = await town.UntilAsync("sh-aaaaa", MergeRequestState.Rejected);
        await town.PublishAsync(Samples.Leased("sh-aaaaa", 2));
        using var answer = await town.Http.PostAsJsonAsync($"/merge-requests/{request.Id}/retry", new { }, Ct);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("newer-lease", (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Lists_are_filtered_paged_and_kept_to_the_callers_rigs()
    {
        await using var town = await MergeTown.StartAsync(new MergeSettings());
        await town.PostAsync("/rigs/shop/merge-queue/pause");
        for (var i = 0; i < 5; i++) await town.SubmitAsync($"sh-aaaa{i}", $"cm/sh-aaaa{i}/1", new string('a', 40));
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = (await town.Http.GetFromJsonAsync<Page<MergeRequestSnapshot>>($"/merge-requests?rig=shop&state=queued&limit=2{(after is null ? "" : $"&after={after}")}", JsonSettings.Web, Ct))!;
            Assert.InRange(page.Items.Count, 1, 2);
            seen.AddRange(page.Items.Select(r => r.WorkItemId!));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(["sh-aaaa4", "sh-aaaa3", "sh-aaaa2", "sh-aaaa1", "sh-aaaa0"], seen);
        Assert.Empty((await town.Http.GetFromJsonAsync<Page<MergeRequestSnapshot>>("/merge-requests?state=merged,rejected", JsonSettings.Web, Ct))!.Items);
        using var wrong = await town.Http.GetAsync("/merge-requests?state=done", Ct);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var elsewhere = town.Host.Client("overseer/eve", Roles.Operator, rigs: "other");
        Assert.Empty((await elsewhere.GetFromJsonAsync<Page<MergeRequestSnapshot>>("/merge-requests", JsonSettings.Web, Ct))!.Items);
        using var forbidden = await elsewhere.GetAsync("/rigs/shop/merge-queue", Ct);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        using var viewer = town.Host.Client("overseer/vi", Roles.Viewer);
        using var denied = await viewer.PostAsJsonAsync("/rigs/shop/merge-queue/resume", new { }, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
    }
}
