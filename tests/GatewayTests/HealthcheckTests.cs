using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.GatewayTests;

/// <summary>The verb a container asks with.</summary>
public sealed class HealthcheckTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static async Task<(int Exit, string Says)> AskAsync(string urls)
    {
        var error = new StringWriter();
        return (await HealthcheckVerb.RunAsync([$"--urls={urls}"], error, Ct), error.ToString());
    }

    [Fact]
    public async Task It_is_0_for_a_host_that_is_ready_and_1_with_the_reason_for_any_other()
    {
        await using var service = await FakeService.StartAsync();
        var port = new Uri(service.Address).Port;
        Assert.Equal((0, ""), await AskAsync($"{service.Address};http://127.0.0.1:1"));
        Assert.Equal((0, ""), await AskAsync($"http://*:{port}"));
        service.Ready = false;
        var (exit, says) = await AskAsync(service.Address);
        Assert.Equal(1, exit);
        Assert.Contains("503", says);
        (exit, says) = await AskAsync($"http://127.0.0.1:{FreePort.Next()}");
        Assert.Equal(1, exit);
        Assert.Contains("does not answer", says);
        (exit, says) = await AskAsync("nowhere");
        Assert.Equal(1, exit);
        Assert.Contains("ASPNETCORE_URLS", says);
    }

    [Fact]
    public async Task It_names_what_is_missing()
    {
        await using var front = await Front.OfWorkAsync([]);
        await Readiness.ProbedAsync(front, "work");
        (int Exit, string Says) answer = default;
        await Eventually.TrueAsync(async () => (answer = await AskAsync(front.Address.ToString())).Exit == 1, TimeSpan.FromSeconds(60), "nothing is ready", Ct);
        Assert.Contains("services is unhealthy (no replica is ready of: convoy, health, hook, refinery, work, workflow)", answer.Says);
    }
}
