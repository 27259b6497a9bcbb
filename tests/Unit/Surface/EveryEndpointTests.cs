using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ClaudeManage.ServiceDefaults.Auth;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Unit.Surface;

/// <summary>What holds for every endpoint there is, also for those that come later: who is let in, and how it says no.</summary>
public sealed class EveryEndpointTests(TownFixture town)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One method of one route, with something that does not exist in each place of its path.</summary>
    sealed record Call(string Method, string Route, string Path, RouteEndpoint Endpoint)
    {
        public bool Reads => Method == "GET";

        public bool HasId => Route.Contains('{', StringComparison.Ordinal);
    }

    IReadOnlyList<Call> Calls => [.. town.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is null)
        .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(m => new Call(m, e.RoutePattern.RawText!, Filled(e.RoutePattern.RawText!), e)))];

    static string Filled(string route) => "/" + string.Join('/', route.Trim('/').Split('/').Select(part => part switch
    {
        "{agentId}" or "{hookId}" => "shop/crew/nobody",
        _ when part.EndsWith(":guid}", StringComparison.Ordinal) => "01900000-0000-7000-8000-000000000000",
        _ when part.EndsWith(":long}", StringComparison.Ordinal) => "1",
        _ when part.StartsWith('{') => "sh-nothing",
        _ => part,
    }));

    [Fact]
    public async Task Without_a_token_it_is_refused()
    {
        Assert.InRange(Calls.Count, 80, 1_000);
        foreach (var call in Calls) await RefusedAsync(call, null, HttpStatusCode.Unauthorized, "cm token");
    }

    [Fact]
    public async Task A_viewer_changes_nothing()
    {
        foreach (var call in Calls.Where(c => !c.Reads)) await RefusedAsync(call, Token("overseer/eve", Roles.Viewer), HttpStatusCode.Forbidden, "role viewer");
    }

    [Fact]
    public async Task A_publisher_reads_nothing_and_changes_nothing_but_where_it_may_publish()
    {
        var open = new List<string>();
        foreach (var call in Calls)
        {
            var (status, body) = await SendAsync(call, Token("external/jira", Roles.Publisher));
            if (status == HttpStatusCode.Forbidden) SaysWhatToDo(call, body, "role publisher");
            else open.Add($"{call.Method} {call.Route}");
        }
        Assert.Equal(["GET /whoami"], open);
    }

    [Fact]
    public async Task An_agent_does_nothing_for_another_and_nothing_for_the_whole_town()
    {
        // Its own concern: what it makes, says and asks for. Beyond the role, that is judged by what the request names.
        string[] open = ["POST /work-items", "POST /work-items/{id}/comments", "POST /work-items/{id}/dependencies", "POST /convoys", "POST /agents", "POST /agents/{agentId}/mail",
            "POST /leases/renew", "POST /leases/release", "POST /handoffs", "POST /resumes", "POST /work-items/{id}/done", "POST /convoys/{id}/items",
            "POST /formulas/validate", "POST /molecules", "POST /wisps", "POST /escalations", "POST /decisions"];
        var token = Token("shop/crew/ada", Roles.Agent, ["shop"]);
        foreach (var call in Calls.Where(c => !c.Reads && !open.Contains($"{c.Method} {c.Route}")))
        {
            var (status, body) = await SendAsync(call, token, """{"workItemId":"sh-aaaaa"}""");
            Assert.True(status is HttpStatusCode.Forbidden || call.HasId && status is HttpStatusCode.NotFound, $"{call.Method} {call.Route}: {(int)status} {body}");
            SaysWhatToDo(call, body);
        }
        await RefusedAsync(Calls.Single(c => c is { Method: "GET", Route: "/agents/{agentId}/mail" }), token, HttpStatusCode.Forbidden, "shop/crew/ada");
    }

    [Fact]
    public async Task An_operator_of_one_rig_does_nothing_that_reaches_the_whole_town()
    {
        var token = Token("overseer/kim", Roles.Operator, ["other"]);
        foreach (var route in new[] { "/import", "/runtime/reconcile", "/runtime/replay", "/runtime/compact", "/scheduler/pause", "/scheduler/resume", "/runtime/stop", "/runtime/resume", "/runtime/supervisors/{id}/stop", "/convoys/{id}/cancel", "/convoys/{id}/launch", "/convoys/{id}/pause", "/convoys/{id}/resume" })
            await RefusedAsync(Calls.Single(c => c is { Method: "POST" } && c.Route == route), token, HttpStatusCode.Forbidden, "limited to other");
        foreach (var route in new[] { "/hooks/{hookId}/sling", "/hooks/{hookId}/claim", "/hooks/{hookId}/unsling", "/agents/{agentId}/retire" })
            await RefusedAsync(Calls.Single(c => c is { Method: "POST" } && c.Route == route), token, HttpStatusCode.Forbidden, "limited to other",
                """{"workItemId":"sh-aaaaa"}""");
        foreach (var route in new[] { "/hooks/{hookId}", "/agents/{agentId}", "/agents/{agentId}/health", "/agents/{agentId}/mail", "/rigs/{id}", "/rigs/{id}/queue" })
            await RefusedAsync(Calls.Single(c => c is { Method: "GET" } && c.Route == route), token, HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("""{"subject":"overseer/eve","role":"viewer"}""")]
    [InlineData("""{"subject":"overseer/eve","role":"viewer","rigs":[]}""")]
    [InlineData("""{"subject":"overseer/eve","role":"operator","rigs":["other","shop"]}""")]
    public async Task Nobody_hands_out_more_rigs_than_they_have(string asked)
    {
        var call = Calls.Single(c => c is { Method: "POST", Route: "/tokens" });
        await RefusedAsync(call, Token("overseer/kim", Roles.Operator, ["other"]), HttpStatusCode.Forbidden, "limited to other", asked);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(call, Token("overseer/kim", Roles.Operator), asked)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(call, Token("overseer/kim", Roles.Operator, ["other"]), """{"subject":"overseer/eve","rigs":["other"]}""")).Status);
    }

    [Fact]
    public async Task What_does_not_exist_is_refused_with_where_to_look()
    {
        foreach (var call in Calls.Where(c => c.HasId && c is { Reads: true } && c.Route is not "/work-items/{id}/events" and not "/agents/{agentId}/mail"))
            await RefusedAsync(call, Token("overseer", Roles.Overseer), HttpStatusCode.NotFound, "GET /");
    }

    /// <summary>Page marks as nobody gave them: not base64, and base64 of one, two and three keys that are none.</summary>
    public static TheoryData<string> Marks => [.. new[] { "a\nb", "\n", "2026-99-99\nx", "99999999999999999999\n1" }.Select(t => Convert.ToBase64String(Encoding.UTF8.GetBytes(t))), "???", "-1"];

    [Theory, MemberData(nameof(Marks))]
    public async Task A_mark_of_no_page_is_refused(string mark)
    {
        foreach (var call in Calls.Where(c => c is { Reads: true, HasId: false } && Parameters(c).Contains("after")))
            await RefusedAsync(call with { Path = $"{call.Path}?after={Uri.EscapeDataString(mark)}" }, Token("overseer", Roles.Overseer), HttpStatusCode.BadRequest, "after");
    }

    [Fact]
    public async Task A_parameter_of_another_kind_is_named()
    {
        var lists = Calls.Where(c => c is { Reads: true } && Parameters(c).Contains("limit")).ToList();
        Assert.InRange(lists.Count, 12, 1_000);
        foreach (var call in lists)
        {
            var (status, body) = await SendAsync(call with { Path = $"{call.Path}?limit=many" }, Token("overseer", Roles.Overseer));
            Assert.Equal((HttpStatusCode.BadRequest, "/limit"), (status, SaysWhatToDo(call, body, "'many'").GetProperty("pointer").GetString()));
        }
    }

    [Theory]
    [InlineData("""{"workItemId":5}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("""{"reason":"\ud800","title":"\u0000","name":"\u0000"}""")]
    public async Task No_body_makes_it_fail(string body)
    {
        foreach (var call in Calls.Where(c => !c.Reads))
        {
            var (status, answer) = await SendAsync(call, Token("overseer", Roles.Overseer), body);
            Assert.True((int)status < 500, $"{call.Method} {call.Route}: {(int)status} {answer}");
            if ((int)status >= 400) SaysWhatToDo(call, answer);
        }
    }

    static IEnumerable<string> Parameters(Call call) => call.Endpoint.Metadata.OfType<Microsoft.AspNetCore.Http.Metadata.IParameterBindingMetadata>().Select(p => p.Name)
        .Concat(call.Endpoint.Metadata.OfType<System.Reflection.MethodInfo>().SelectMany(m => m.GetParameters()).SelectMany(p => p.ParameterType.Namespace?.StartsWith("ClaudeManage.Work.Features", StringComparison.Ordinal) == true
            ? p.ParameterType.GetProperties().Select(q => JsonNamingPolicy.CamelCase.ConvertName(q.Name)) : [p.Name!]));

    string Token(string actor, string role, string[]? rigs = null) => town.App.Services.GetRequiredService<TokenIssuer>().Issue(actor, role, TimeSpan.FromHours(1), rigs);

    async Task RefusedAsync(Call call, string? token, HttpStatusCode expected, string? says = null, string? body = null)
    {
        var (status, answer) = await SendAsync(call, token, body);
        Assert.True(status == expected, $"{call.Method} {call.Path}: {(int)status} instead of {(int)expected}: {answer}");
        SaysWhatToDo(call, answer, says);
    }

    /// <summary>A problem document with a code and a whole sentence, without the inside of the program.</summary>
    static JsonElement SaysWhatToDo(Call call, string answer, string? says = null)
    {
        var problem = JsonElement.Parse(answer);
        var detail = problem.GetProperty("detail").GetString()!;
        Assert.Matches("^[a-z]+(-[a-z]+)*$", problem.GetProperty("code").GetString());
        // A wrong field is named in the pointer; its sentence may be short.
        Assert.True(detail.Length > (problem.TryGetProperty("pointer", out _) ? 15 : 30) && detail.EndsWith('.') && !detail.Contains("Nullable", StringComparison.Ordinal) && !detail.Contains("Exception", StringComparison.Ordinal), $"{call.Method} {call.Path}: {detail}");
        if (says is not null) Assert.True(answer.Contains(says, StringComparison.Ordinal), $"{call.Method} {call.Path}: “{says}” is not in {answer}");
        return problem;
    }

    async Task<(HttpStatusCode Status, string Body)> SendAsync(Call call, string? token, string? body = null)
    {
        using var http = new HttpClient { BaseAddress = town.Address };
        using var request = new HttpRequestMessage(new HttpMethod(call.Method), call.Path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (!call.Reads) request.Content = new StringContent(body ?? "{}", Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        if ((int)answer.StatusCode >= 400) Assert.True(answer.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{call.Method} {call.Path}: {(int)answer.StatusCode} {text}");
        return (answer.StatusCode, text);
    }
}
