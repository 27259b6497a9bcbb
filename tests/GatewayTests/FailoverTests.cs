using System.Net;
using ClaudeManage.Tests.Servers;
using Microsoft.AspNetCore.Http;

namespace ClaudeManage.GatewayTests;

/// <summary>A replica that fails is asked no more, and what it did not take goes to another one if that cannot do harm.</summary>
public sealed class FailoverTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task HangUp(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    static RequestDelegate Status(int status) => async http =>
    {
        http.Response.StatusCode = status;
        http.Response.Headers["X-From"] = "ill";
        await http.Response.WriteAsync("ill");
    };

    /// <summary>Two replicas of Work, and as many requests as it takes until the ill one was asked.</summary>
    static async Task<(FakeService Ill, FakeService Well, HttpResponseMessage Answer)> AskIllAsync(RequestDelegate ill, Func<HttpRequestMessage> request)
    {
        var first = await FakeService.StartAsync(ill);
        var second = await FakeService.StartAsync(name: "well");
        await using var front = await Front.OfWorkAsync([first.Address, second.Address]);
        using var client = front.Client();
        HttpResponseMessage answer = null!;
        for (var i = 0; i < 100 && first.Asked.Count == 0; i++) answer = await client.SendAsync(request(), Ct);
        return (first, second, answer);
    }

    static HttpRequestMessage Post(bool key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/work-items") { Content = new StringContent("{\"title\":\"x\"}") };
        if (key) request.Headers.Add("Idempotency-Key", "k1");
        return request;
    }

    [Fact]
    public async Task A_read_that_fails_is_answered_by_another_replica()
    {
        foreach (var ill in new[] { HangUp, Status(502), Status(503) })
        {
            var (first, second, answer) = await AskIllAsync(ill, () => new HttpRequestMessage(HttpMethod.Get, "/work-items"));
            await using (first)
            await using (second)
            {
                Assert.Equal((HttpStatusCode.OK, "well"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct)));
                Assert.False(answer.Headers.Contains("X-From"));
            }
        }
    }

    [Fact]
    public async Task A_post_under_a_key_is_sent_again_with_its_body()
    {
        var (first, second, answer) = await AskIllAsync(HangUp, () => Post(key: true));
        await using (first)
        await using (second)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("{\"title\":\"x\"}", Assert.Single(first.Asked).Body);
            Assert.Equal(("{\"title\":\"x\"}", "k1"), (second.Asked[^1].Body, second.Asked[^1].Headers["Idempotency-Key"]));
        }
    }

    [Fact]
    public async Task A_post_without_a_key_that_may_have_had_its_effect_is_not_repeated()
    {
        var (first, second, answer) = await AskIllAsync(HangUp, () => Post(key: false));
        await using (first)
        await using (second)
        {
            var before = second.Asked.Count;
            var problem = await answer.ProblemAsync(503, "service-unavailable");
            Assert.Equal("work", problem.GetProperty("service").GetString());
            Assert.Contains("may have done what was asked", problem.GetProperty("detail").GetString());
            Assert.Equal("2", answer.Headers.RetryAfter!.ToString());
            Assert.Single(first.Asked);
            Assert.Equal(before, second.Asked.Count);
        }
        (first, second, answer) = await AskIllAsync(Status(503), () => Post(key: false));
        await using (first)
        await using (second) Assert.Equal("ill", await answer.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task What_never_reached_a_replica_that_is_gone_reaches_the_other()
    {
        await using var gone = await FakeService.StartAsync();
        await using var well = await FakeService.StartAsync(name: "well");
        await using var front = await Front.OfWorkAsync([gone.Address, well.Address], ("Gateway:AvoidSeconds", "1"));
        await Readiness.ProbedAsync(front, "work");
        await gone.StopAsync();
        using var client = front.Client();
        for (var i = 0; i < 20; i++)
        {
            using var answer = await client.SendAsync(Post(key: false), Ct);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        Assert.Empty(gone.Asked);
    }

    [Fact]
    public async Task A_replica_that_failed_is_left_alone_for_a_while()
    {
        await using var ill = await FakeService.StartAsync(HangUp);
        await using var well = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([ill.Address, well.Address], ("Gateway:AvoidSeconds", "3600"));
        using var client = front.Client();
        for (var i = 0; i < 100; i++) Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/work-items", Ct)).StatusCode);
        Assert.Single(ill.Asked);
    }

    [Fact]
    public async Task When_every_replica_seems_ill_all_are_tried_and_the_first_that_is_back_answers()
    {
        var up = false;
        await using var work = await FakeService.StartAsync(http => Volatile.Read(ref up) ? http.Response.WriteAsync("back") : HangUp(http));
        await using var front = await Front.OfWorkAsync([work.Address], ("Gateway:AvoidSeconds", "3600"));
        using var client = front.Client();
        await (await client.GetAsync("/work-items", Ct)).ProblemAsync(503, "service-unavailable");
        Volatile.Write(ref up, true);
        Assert.Equal("back", await client.GetStringAsync("/work-items", Ct));
    }

    [Fact]
    public async Task A_service_that_is_down_is_named_and_the_others_go_on()
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address]);
        using var client = front.Client();
        var answer = await client.GetAsync("/convoys", Ct);
        var problem = await answer.ProblemAsync(503, "service-unavailable");
        Assert.Equal("convoy", problem.GetProperty("service").GetString());
        Assert.Contains("cannot be reached; nothing was done", problem.GetProperty("detail").GetString());
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/work-items", Ct)).StatusCode);
    }

    [Fact]
    public async Task A_replica_that_is_not_ready_is_asked_only_when_there_is_no_other()
    {
        await using var starting = await FakeService.StartAsync(name: "starting");
        await using var well = await FakeService.StartAsync(name: "well");
        starting.Ready = false;
        await using var front = await Front.OfWorkAsync([starting.Address, well.Address]);
        await Readiness.ProbedAsync(front, "work");
        using var client = front.Client();
        for (var i = 0; i < 20; i++) Assert.Equal("well", await client.GetStringAsync("/work-items", Ct));
        Assert.Empty(starting.Asked);
    }

    [Fact]
    public async Task Readiness_names_what_is_down_and_fails_only_without_any_service()
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address]);
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await front.Nobody().GetAsync("/health/ready", Ct);
            var text = await answer.Content.ReadAsStringAsync(Ct);
            return answer.StatusCode == HttpStatusCode.OK && text.Contains("degraded") && text.Contains("no replica is ready of: convoy, health, hook, refinery, workflow");
        }, Patience, "the readiness names the services that are down", Ct);
        await using var alone = await Front.OfWorkAsync([]);
        await Eventually.TrueAsync(async () => (await alone.Nobody().GetAsync("/health/ready", Ct)).StatusCode == HttpStatusCode.ServiceUnavailable, Patience, "nothing is ready", Ct);
    }
}
