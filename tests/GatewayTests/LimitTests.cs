using System.Net;
using ClaudeManage.ServiceDefaults.Auth;

namespace ClaudeManage.GatewayTests;

/// <summary>What the gateway keeps away from the services.</summary>
public sealed class LimitTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_without_a_valid_token_reaches_a_service()
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address]);
        using var nobody = front.Nobody();
        foreach (var path in (string[])["/work-items", "/v1/work-items", "/sessions", "/runtime/supervisors", "/whoami"]) await (await nobody.GetAsync(path, Ct)).ProblemAsync(401, "unauthorized");
        nobody.DefaultRequestHeaders.Authorization = new("Bearer", front.Client().DefaultRequestHeaders.Authorization!.Parameter![..^3] + "abc");
        await (await nobody.GetAsync("/work-items", Ct)).ProblemAsync(401, "unauthorized");
        Assert.Empty(work.Asked);
    }

    [Fact]
    public async Task A_publisher_gets_no_further_than_where_it_may_publish()
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address]);
        using var publisher = front.Client("external/jira", Roles.Publisher);
        await (await publisher.GetAsync("/work-items", Ct)).ProblemAsync(403, "forbidden");
        Assert.Equal(HttpStatusCode.OK, (await publisher.GetAsync("/whoami", Ct)).StatusCode);
        Assert.Empty(work.Asked);
    }

    [Fact]
    public async Task A_body_that_is_too_large_goes_no_further()
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address], ("Edge:MaxBodyBytes", "2000"));
        using var client = front.Client();
        await (await client.PostAsync("/work-items", new ByteArrayContent(new byte[2_001]), Ct)).ProblemAsync(413, "too-large");
        // Nor one that does not say how large it is.
        foreach (var key in (bool[])[false, true])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/work-items") { Content = new ByteArrayContent(new byte[5_000]), Headers = { TransferEncodingChunked = true } };
            if (key) request.Headers.Add("Idempotency-Key", "k");
            await (await client.SendAsync(request, Ct)).ProblemAsync(413, "too-large");
        }
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/work-items", new ByteArrayContent(new byte[2_000]), Ct)).StatusCode);
        Assert.Equal(2_000, Assert.Single(work.Asked).Body.Length);
    }

    [Theory]
    [InlineData(900_000, HttpStatusCode.OK)]
    [InlineData(8_000_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_client_that_asks_before_it_sends_is_answered(int size, HttpStatusCode status)
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address]);
        using var known = front.Client();
        // It waits for the word to go on; most clients lose patience after a second, and nobody would notice.
        using var client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan })
        {
            BaseAddress = known.BaseAddress,
            DefaultRequestHeaders = { Authorization = known.DefaultRequestHeaders.Authorization, ExpectContinue = true },
        };
        using var answer = await client.PostAsync("/work-items", new ByteArrayContent(new byte[size]), Ct);
        Assert.Equal(status, answer.StatusCode);
        Assert.All(work.Asked, a => Assert.Equal(size, a.Body.Length));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_import_is_passed_on_whatever_its_size(bool chunked)
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address], ("Edge:MaxBodyBytes", "2000"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/import") { Content = new ByteArrayContent(new byte[500_000]), Headers = { TransferEncodingChunked = chunked } };
        Assert.Equal(HttpStatusCode.OK, (await front.Client().SendAsync(request, Ct)).StatusCode);
        Assert.Equal(500_000, Assert.Single(work.Asked).Body.Length);
    }

    [Fact]
    public async Task Each_token_has_its_own_rate()
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address], ("Edge:RequestBurst", "3"), ("Edge:RequestsPerSecond", "1"));
        using var busy = front.Client("shop/crew/ada", Roles.Agent);
        HttpResponseMessage? refused = null;
        for (var i = 0; i < 20 && refused is null; i++)
            if (await busy.GetAsync("/work-items", Ct) is { StatusCode: HttpStatusCode.TooManyRequests } answer) refused = answer;
        await refused!.ProblemAsync(429, "too-many-requests");
        Assert.NotNull(refused!.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await front.Client("shop/crew/bob", Roles.Agent).GetAsync("/work-items", Ct)).StatusCode);
    }
}
