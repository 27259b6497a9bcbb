using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.BadDays;

/// <summary>What a town is sent that it cannot serve: each answer is a problem document that says what to do.</summary>
public class RefusalTests(RunningTown fixture) : IClassFixture<RunningTown>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("larger than 1 MiB", 413, "too-large", "Send less")]
    [InlineData("10 000 levels deep", 400, "malformed", "not the JSON")]
    [InlineData("not JSON", 400, "malformed", "not the JSON")]
    [InlineData("cut off", 400, "malformed", "not the JSON")]
    [InlineData("not UTF-8", 400, "malformed", "not the JSON")]
    [InlineData("a number as title", 400, "malformed", "title")]
    [InlineData("an array as body", 400, "malformed", "not the JSON")]
    public async Task A_body_that_cannot_be_read_is_refused(string body, int status, string code, string says)
    {
        var problem = await PostAsync("work-items", Body(body), "application/json");
        Assert.Equal((status, code), (problem.Status, problem.Code));
        Assert.Contains(says, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_sends_too_much_is_answered_and_not_cut_off()
    {
        for (var i = 0; i < 10; i++)
        {
            var problem = await Assert.ThrowsAsync<TownProblemException>(() => fixture.Overseer.CreateWorkItem(new CreateWorkItem("shop", "x", new string('x', 8 * 1024 * 1024))).SendAsync(Ct));
            Assert.Equal((413, "too-large"), (problem.Status, problem.Code));
        }
    }

    static byte[] Body(string what) => what switch
    {
        "larger than 1 MiB" => Encoding.UTF8.GetBytes($$"""{"rigId":"shop","title":"{{new string('x', 1_100_000)}}"}"""),
        "10 000 levels deep" => Encoding.UTF8.GetBytes($$"""{"rigId":"shop","title":"deep","labels":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}"""),
        "not JSON" => "rigId=shop&title=x"u8.ToArray(),
        "cut off" => """{"rigId":"shop","title":"""u8.ToArray(),
        "not UTF-8" => [.. "{\"rigId\":\"shop\",\"title\":\""u8, 0xff, 0xfe, 0xc3, .. "\"}"u8],
        "a number as title" => """{"rigId":"shop","title":5}"""u8.ToArray(),
        "an array as body" => """[1,2]"""u8.ToArray(),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };

    [Fact]
    public async Task A_wrong_field_is_named()
    {
        var problem = await PostAsync("work-items", """{"rigId":"shop","title":"x","priority":"high"}"""u8.ToArray(), "application/json");
        Assert.Equal((400, "/priority"), (problem.Status, problem.Pointer));
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        using var response = await SendAsync("work-items", """{"rigId":"shop","title":"from the future","colour":"green"}"""u8.ToArray(), "application/json", fixture.Town.OverseerToken);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    public async Task What_does_not_say_that_it_is_JSON_is_refused(string? type)
    {
        var problem = await PostAsync("work-items", """{"rigId":"shop","title":"x"}"""u8.ToArray(), type);
        Assert.Equal((415, "not-json"), (problem.Status, problem.Code));
        Assert.Contains("application/json", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_path_is_refused()
    {
        var problem = await PostAsync("no/such/path", "{}"u8.ToArray(), "application/json");
        Assert.Equal((404, "no-such-path"), (problem.Status, problem.Code));
        Assert.Contains("/openapi.json", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_served()
    {
        var problem = await Assert.ThrowsAsync<TownProblemException>(async () => await (await fixture.Town.ClientAsync(null, Ct)).Rigs().SendAsync(Ct));
        Assert.Equal((401, "unauthorized"), (problem.Status, problem.Code));
        Assert.Contains("cm token", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_towns_token_is_refused()
    {
        using var scratch = new ScratchDirectory("foreign");
        await using var foreign = await TownProcess.StartAsync(scratch["town"], Ct);
        var problem = await Assert.ThrowsAsync<TownProblemException>(async () => await (await fixture.Town.ClientAsync(foreign.OverseerToken, Ct)).Rigs().SendAsync(Ct));
        Assert.Equal((401, "unauthorized"), (problem.Status, problem.Code));
        Assert.Contains("another town", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_reads_and_does_not_write()
    {
        var viewer = await fixture.AsAsync("overseer/eve", "viewer", Ct);
        Assert.NotEmpty((await viewer.Rigs().SendAsync(Ct)).Items);
        var problem = await Assert.ThrowsAsync<TownProblemException>(() => viewer.CreateWorkItem(new CreateWorkItem("shop", "x")).SendAsync(Ct));
        Assert.Equal(403, problem.Status);
        Assert.Contains("viewer", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_does_not_act_as_another()
    {
        var ada = await fixture.AsAsync("shop/crew/ada", "agent", Ct);
        var problem = await Assert.ThrowsAsync<TownProblemException>(() => ada.Claim("shop/crew/bob").SendAsync(Ct));
        Assert.Equal(403, problem.Status);
        Assert.Contains("shop/crew/ada", problem.Detail, StringComparison.Ordinal);
    }

    async Task<TownProblemException> PostAsync(string path, byte[] body, string? type)
    {
        using var response = await SendAsync(path, body, type, fixture.Town.OverseerToken);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.Equal((int)response.StatusCode, JsonElement.Parse(text).GetProperty("status").GetInt32());
        return TownProblemException.Read(response.StatusCode, text);
    }

    async Task<HttpResponseMessage> SendAsync(string path, byte[] body, string? type, string token)
    {
        using var http = new HttpClient { BaseAddress = fixture.Overseer.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        // The town refuses what is too large by its head, and hangs up: who sends the body all the same may meet a broken pipe instead of the answer.
        request.Headers.ExpectContinue = body.Length > 1_048_576;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (type is not null) request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await http.SendAsync(request, Ct);
    }
}
