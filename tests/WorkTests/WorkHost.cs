using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Work;
using ClaudeManage.Work.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.WorkTests;

/// <summary>The module on SQLite with a rig called shop (prefix sh), spoken to as the overseer.</summary>
public abstract class WorkHost : IAsyncLifetime
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 5, 4, 8, 0, 0, TimeSpan.Zero));

    protected ModuleTestHost Host { get; private set; } = null!;

    protected HttpClient Http { get; private set; } = null!;

    protected virtual Task<IReadOnlyDictionary<string, string?>> SettingsAsync() =>
        Task.FromResult<IReadOnlyDictionary<string, string?>>(new Dictionary<string, string?> { ["Work:ReplayWaitSeconds"] = "0" });

    protected virtual Action<IServiceCollection>? Services => null;

    protected virtual TimeProvider TownClock => Clock;

    public virtual async ValueTask InitializeAsync()
    {
        Host = await ModuleTestHost.StartAsync([new WorkModule()], TownClock, await SettingsAsync(), services: Services);
        Http = Host.Client();
        await SendAsync<RigSnapshot>(HttpMethod.Post, "/rigs", new CreateRig("shop", "sh"), HttpStatusCode.Created);
    }

    public virtual async ValueTask DisposeAsync() => await Host.DisposeAsync();

    protected Task<WorkItemSnapshot> CreateAsync(string title, params string[] dependsOn) => CreateAsync(new CreateWorkItem("shop", title, DependsOn: dependsOn));

    protected Task<WorkItemSnapshot> CreateAsync(CreateWorkItem item) => SendAsync<WorkItemSnapshot>(HttpMethod.Post, "/work-items", item, HttpStatusCode.Created);

    protected async Task<WorkItemDetail> ShowAsync(string id) => (await Http.GetFromJsonAsync<WorkItemDetail>($"/work-items/{id}", JsonSettings.Web, Ct))!;

    protected async Task<IReadOnlyList<string>> ReadyAsync(string query = "") =>
        [.. (await Http.GetFromJsonAsync<Page<WorkItemSnapshot>>($"/work-items?ready=true&limit=500{query}", JsonSettings.Web, Ct))!.Items.Select(i => i.Id)];

    protected Task<WorkItemSnapshot> CloseAsync(string id) => PostAsync(id, "close", new CloseWorkItem(OutcomeKind.Completed));

    protected Task<WorkItemSnapshot> PostAsync(string id, string verb, object body) => SendAsync<WorkItemSnapshot>(HttpMethod.Post, $"/work-items/{id}/{verb}", body);

    protected Task<WorkItemSnapshot> DependAsync(string id, string target, DependencyType type = DependencyType.Blocks) => PostAsync(id, "dependencies", new AddDependency(target, type));

    protected async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, HttpStatusCode expected = HttpStatusCode.OK, HttpClient? by = null, string? ifMatch = null)
    {
        using var answer = await RawAsync(method, path, body, by, ifMatch);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.StatusCode == expected, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<T>(text, JsonSettings.Web)!;
    }

    /// <summary>The problem a request is refused with.</summary>
    protected async Task<JsonElement> RefusedAsync(HttpMethod method, string path, object? body, int status, string code, HttpClient? by = null, string? ifMatch = null)
    {
        using var answer = await RawAsync(method, path, body, by, ifMatch);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True((int)answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(text);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("detail").GetString()));
        return problem;
    }

    protected async Task<HttpResponseMessage> RawAsync(HttpMethod method, string path, object? body, HttpClient? by = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: JsonSettings.Web) };
        if (ifMatch is not null) request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(ifMatch));
        return await (by ?? Http).SendAsync(request, Ct);
    }

    internal Task<T> DatabaseAsync<T>(Func<WorkDbContext, Task<T>> use) => Host.UseAsync(use);

    internal Task<int> SqlAsync(string sql) => DatabaseAsync(db => db.Database.ExecuteSqlRawAsync(sql, Ct));

    protected async Task<IReadOnlyList<TrailEntry>> EventsAsync(string query = "")
    {
        await Host.IdleAsync(Ct);
        return (await Http.GetFromJsonAsync<Page<TrailEntry>>($"/events?limit=500{query}", JsonSettings.Web, Ct))!.Items;
    }

    protected Task<ReplayResult> ReplayAsync() => SendAsync<ReplayResult>(HttpMethod.Post, "/runtime/replay", null);

    protected async Task AssertReplaysAsync()
    {
        await Host.IdleAsync(Ct);
        Assert.Empty((await ReplayAsync()).Differences);
    }
}
