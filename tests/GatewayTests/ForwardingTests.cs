using System.Net;
using System.Text;

namespace ClaudeManage.GatewayTests;

/// <summary>What arrives at a service is what was sent.</summary>
public sealed class ForwardingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/work-items/sh-aaaaa/done", "hook")]
    [InlineData("/work-items/sh-aaaaa/close", "work")]
    [InlineData("/agents/shop/polecats/nux/retire", "hook")]
    [InlineData("/v1/convoys", "convoy")]
    [InlineData("/rigs/shop/merge-queue/pause", "refinery")]
    [InlineData("/rigs/shop/park", "work")]
    [InlineData("/hooks/shop/pool/sling", "hook")]
    [InlineData("/hooks/shop%2Fpool/sling", "hook")]
    [InlineData("/v1/hooks/shop/polecats/nux/claim?wait=3", "hook")]
    public async Task A_path_leads_to_its_owner(string path, string owner)
    {
        await using var service = await FakeService.StartAsync();
        await using var front = await Front.StartAsync(new Dictionary<string, string[]> { [owner] = [service.Address] });
        var answer = await front.Client().PostAsync(path, new StringContent("{\"a\":1}", Encoding.UTF8, "application/json"), Ct);
        Assert.Equal("fake", await answer.Content.ReadAsStringAsync(Ct));
        var asked = Assert.Single(service.Asked);
        Assert.Equal(("POST", "{\"a\":1}"), (asked.Method, asked.Body));
        // The one segment that every service reads as an address.
        Assert.Equal(path.Replace("%2F", "/").Replace("shop/pool/", "shop~pool/").Replace("shop/polecats/nux", "shop~polecats~nux"), asked.Target.Replace("%2F", "~"));
    }

    [Fact]
    public async Task Token_and_trace_go_through()
    {
        await using var work = await FakeService.StartAsync();
        await using var front = await Front.OfWorkAsync([work.Address]);
        using var client = front.Client();
        client.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        await client.GetAsync("/work-items", Ct);
        var asked = Assert.Single(work.Asked);
        Assert.Equal(client.DefaultRequestHeaders.Authorization!.ToString(), asked.Headers["Authorization"]);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", asked.Headers["traceparent"]);
        Assert.Equal(new Uri(work.Address).Authority, asked.Headers["Host"]);
    }

    [Fact]
    public async Task What_nobody_serves_is_told_here()
    {
        await using var front = await Front.OfWorkAsync([]);
        using var client = front.Client();
        await (await client.GetAsync("/nothing", Ct)).ProblemAsync(404, "no-such-path");
        await (await client.PutAsync("/work-items", null, Ct)).ProblemAsync(405, "method-not-allowed");
        Assert.Equal(HttpStatusCode.OK, (await front.Nobody().GetAsync("/v1/health/live", Ct)).StatusCode);
    }
}
