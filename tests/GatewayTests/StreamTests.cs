using System.Net;
using Microsoft.AspNetCore.Http;

namespace ClaudeManage.GatewayTests;

/// <summary>Nothing is held back on the way: streams come piece by piece, long polls may take their time.</summary>
public sealed class StreamTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static async Task Silent(HttpContext http)
    {
        var gone = new TaskCompletionSource();
        await using var _ = http.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    [Fact]
    public async Task Events_arrive_one_by_one_and_the_head_before_the_first()
    {
        var steps = new SemaphoreSlim(0);
        await using var work = await FakeService.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.StartAsync();
            await http.Response.Body.FlushAsync();
            for (var n = 1; n <= 2; n++)
            {
                await steps.WaitAsync(http.RequestAborted);
                await http.Response.WriteAsync($"id: {n}\nevent: x\ndata: {n}\n\n");
                await http.Response.Body.FlushAsync();
            }
        });
        await using var front = await Front.OfWorkAsync([work.Address]);
        using var client = front.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events") { Headers = { { "Accept", "text/event-stream" }, { "Last-Event-ID", "0" } } };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct).WaitAsync(Patience, Ct);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("0", Assert.Single(work.Asked).Headers["Last-Event-ID"]);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Ct));
        foreach (var n in new[] { 1, 2 })
        {
            steps.Release();
            Assert.Equal([$"id: {n}", "event: x", $"data: {n}", ""], await LinesAsync(reader, 4));
        }
        Assert.Null(await reader.ReadLineAsync(Ct).AsTask().WaitAsync(Patience, Ct));
    }

    [Fact]
    public async Task A_stream_goes_on_longer_than_an_answer_may_be_silent()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        await using var work = await FakeService.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            for (var n = 0; n < 12; n++)
            {
                await timer.WaitForNextTickAsync(http.RequestAborted);
                await http.Response.WriteAsync(": still here\n\n");
                await http.Response.Body.FlushAsync();
            }
        });
        await using var front = await Front.OfWorkAsync([work.Address], ("Gateway:SilenceSeconds", "3"));
        Assert.Equal(12, (await front.Client().GetStringAsync("/events", Ct)).Split(": still here").Length - 1);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_given_up_and_not_asked_for_again()
    {
        await using var work = await FakeService.StartAsync(Silent);
        await using var other = await FakeService.StartAsync(Silent);
        await using var front = await Front.OfWorkAsync([work.Address, other.Address], ("Gateway:SilenceSeconds", "1"));
        var problem = await (await front.Client().GetAsync("/work-items", Ct)).ProblemAsync(503, "service-unavailable");
        Assert.Contains("did not answer in time", problem.GetProperty("detail").GetString());
        Assert.Equal(1, work.Asked.Count + other.Asked.Count);
    }

    [Fact]
    public async Task A_caller_who_leaves_ends_the_stream_at_the_service()
    {
        var left = new TaskCompletionSource();
        await using var work = await FakeService.StartAsync(async http =>
        {
            http.RequestAborted.Register(left.SetResult);
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(": hello\n\n");
            await http.Response.Body.FlushAsync();
            await left.Task;
        });
        await using var front = await Front.OfWorkAsync([work.Address]);
        using (await front.Client().GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, Ct)) { }
        await left.Task.WaitAsync(Patience, Ct);
    }

    [Fact]
    public async Task An_open_stream_does_not_keep_a_gateway_from_stopping()
    {
        await using var work = await FakeService.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(": hello\n\n");
            await http.Response.Body.FlushAsync();
            await Silent(http);
        });
        await using var front = await Front.OfWorkAsync([work.Address]);
        using var answer = await front.Client().GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, Ct);
        await front.StopAsync().WaitAsync(Patience, Ct);
    }

    [Fact]
    public async Task An_answer_without_a_body_stays_one()
    {
        await using var hook = await FakeService.StartAsync(http =>
        {
            http.Response.StatusCode = (int)HttpStatusCode.NoContent;
            return Task.CompletedTask;
        });
        await using var front = await Front.StartAsync(new Dictionary<string, string[]> { ["hook"] = [hook.Address] });
        Assert.Equal(HttpStatusCode.NoContent, (await front.Client().PostAsync("/hooks/shop/pool/claim?wait=1", null, Ct)).StatusCode);
    }

    static async Task<IReadOnlyList<string?>> LinesAsync(StreamReader reader, int count)
    {
        var lines = new List<string?>();
        while (lines.Count < count) lines.Add(await reader.ReadLineAsync(Ct).AsTask().WaitAsync(Patience, Ct));
        return lines;
    }
}
