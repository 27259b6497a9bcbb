using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Hook;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Work;
using ClaudeManage.Workflow;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>
/// Work, Hook and Workflow, one rig without a repository, and one worker who does what is on the pool. All on one host, or Workflow on its own, where
/// it hears of the others by a broker only.
/// </summary>
sealed class Town : IAsyncDisposable
{
    public const string CallbackSecret = "what the pipeline and the town know";

    const string Ada = "shop/crew/ada";

    readonly ScratchDirectory _scratch = new("workflow");
    readonly IReadOnlyList<IModule> _modules;
    readonly Ground _ground;
    ModuleTestHost? _neighbours;
    Death? _death;

    Town(IReadOnlyList<IModule> modules, Ground ground) => (_modules, _ground) = (modules, ground);

    /// <summary>Workflow's host, and everybody's when there is one.</summary>
    public ModuleTestHost Host { get; private set; } = null!;

    /// <summary>How many databases it has: the modules' and the probe's.</summary>
    public int Databases => _modules.Count + 1;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));

    public HttpClient Http { get; private set; } = null!;

    /// <summary>The overseer at Work and Hook.</summary>
    public HttpClient Neighbours { get; private set; } = null!;

    public HttpClient Worker { get; private set; } = null!;

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="more">Neighbours that take part.</param>
    public static Task<Town> StartAsync(params IModule[] more) => StartAsync(false, more);

    /// <param name="postgres">Each module's rows in a PostgreSQL database of its own, instead of SQLite files.</param>
    /// <param name="more">Neighbours that take part.</param>
    public static async Task<Town> StartAsync(bool postgres, params IModule[] more)
    {
        IModule[] modules = [.. Neighbouring, new WorkflowModule(), .. more];
        return await BeginAsync(new Town(modules, await Ground.MakeAsync(postgres, Names(modules), Ct)));
    }

    /// <summary>Workflow alone on its host, PostgreSQL and RabbitMQ.</summary>
    public static async Task<Town> OverBrokerAsync()
    {
        IModule[] own = [new WorkflowModule()];
        var town = new Town(own, await Ground.MakeAsync(true, Names([.. Neighbouring, .. own]), Ct, broker: true));
        town._neighbours = await town.HostOfAsync(Neighbouring, null);
        return await BeginAsync(town);
    }

    static IModule[] Neighbouring => [new WorkModule(), new HookModule()];

    static string[] Names(IModule[] modules) => [.. modules.Select(m => m.Name), "probe"];

    static async Task<Town> BeginAsync(Town town)
    {
        await town.StartHostAsync(null);
        await town.PostAsync<object>("/rigs", new { name = "shop", prefix = "sh" }, town.Neighbours);
        await town.PostAsync<object>("/agents", new { id = Ada }, town.Neighbours);
        return town;
    }

    Task<ModuleTestHost> HostOfAsync(IReadOnlyList<IModule> modules, Death? death)
    {
        List<(string, string)> settings = [("Hook:UnknownItemWaitMilliseconds", "0"), ("Workflow:CallbackSecret", CallbackSecret)];
        // Who shall die at a commit commits for each message: how many come together is chance.
        if (death is not null) settings.Add(("Bus:LaneBatch", "1"));
        return ModuleTestHost.StartAsync(modules, Clock, _ground.With(death, settings), _scratch.Path, death is null ? null : death.Watch);
    }

    async Task StartHostAsync(Death? death)
    {
        _death = death;
        Host = await HostOfAsync(_modules, death);
        death?.Arm();
        RenewTokens();
        // Whoever waits for an answer learns at once that none will come.
        foreach (var client in _neighbours is null ? (HttpClient[])[Http, Neighbours, Worker] : [Http]) death?.Token.Register(client.CancelPendingRequests);
    }

    /// <summary>Tokens of now: one of a time to come is none.</summary>
    public void RenewTokens()
    {
        var neighbours = _neighbours ?? Host;
        (Http, Neighbours, Worker) = (Host.Client(), neighbours.Client(), neighbours.Client(Ada, Roles.Agent));
    }

    /// <summary>What a process leaves behind that was killed, and the next one on it, which dies as <paramref name="death"/> says.</summary>
    public async Task RestartAsync(Death? death = null)
    {
        await EndHostAsync();
        await StartHostAsync(death);
    }

    async Task EndHostAsync()
    {
        try { await Host.DisposeAsync(); }
        catch (Exception) when (_death is { Came: true }) { }
    }

    /// <summary>Waits until nothing is under way any more; a dead process is never quiet.</summary>
    public async Task IdleAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct, _death?.Token ?? CancellationToken.None);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        await Host.IdleAsync(patience.Token, _neighbours is null ? [] : [_neighbours]);
    }

    public async Task PutAsync(string name, string text)
    {
        var response = await Http.PutAsync($"/formulas/{name}", new StringContent(text, Encoding.UTF8, "text/toml"), Ct);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    public async Task<MoleculeDetail> PourAsync(string formula, object? vars = null, bool wisp = false)
    {
        var made = await PostAsync<MoleculeDetail>(wisp ? "/wisps" : "/molecules", new { formula, vars, rigId = "shop" });
        await IdleAsync();
        return await ReadAsync(made.Id);
    }

    public async Task<MoleculeDetail> ReadAsync(string id) => (await Http.GetFromJsonAsync<MoleculeDetail>($"/molecules/{id}", JsonSettings.Web, Ct))!;

    /// <summary>Claims what is next and answers the step it is of; null when there is nothing.</summary>
    public async Task<ClaimResult?> ClaimAsync()
    {
        var response = await Worker.PostAsync("/hooks/shop%2Fpool/claim", null, Ct);
        return response.StatusCode == HttpStatusCode.NoContent ? null : await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<ClaimResult>(JsonSettings.Web, Ct);
    }

    /// <summary>Does the next piece of work; the name of its step, or null when nothing is there.</summary>
    public async Task<string?> WorkAsync(object? output = null, string outcome = "completed", string? failureClass = null, decimal? cost = null)
    {
        if (await ClaimAsync() is not { } claim) return null;
        await IdleAsync();
        var done = await Worker.PostAsJsonAsync($"/work-items/{claim.WorkItem.Id}/done",
            new { leaseToken = claim.Lease.Token, outcome, reason = outcome == "completed" ? null : "it did not work", output, failureClass, usage = cost is { } usd ? new { costUsd = usd } : null }, JsonSettings.Web, Ct);
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync(Ct));
        await IdleAsync();
        return claim.WorkItem.ExternalRef?.Split('#')[^1];
    }

    /// <summary>Says done under a lease; the status of the answer.</summary>
    public async Task<int> DoneAsync(ClaimResult claim)
    {
        var answer = await Worker.PostAsJsonAsync($"/work-items/{claim.WorkItem.Id}/done", new { leaseToken = claim.Lease.Token, outcome = "completed" }, JsonSettings.Web, Ct);
        await IdleAsync();
        return (int)answer.StatusCode;
    }

    /// <summary>Works until there is nothing left; the steps in the order done.</summary>
    public async Task<List<string>> WorkAllAsync()
    {
        var done = new List<string>();
        while (await WorkAsync() is { } step) done.Add(step);
        return done;
    }

    public async Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await IdleAsync();
    }

    public async Task<T> PostAsync<T>(string path, object? body = null, HttpClient? to = null)
    {
        var response = await (to ?? Http).PostAsJsonAsync(path, body ?? new { }, JsonSettings.Web, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        await IdleAsync();
        return JsonSerializer.Deserialize<T>(text, JsonSettings.Web)!;
    }

    public async Task<string> RefusedAsync(string path, object body, int status)
    {
        var response = await Http.PostAsJsonAsync(path, body, JsonSettings.Web, Ct);
        Assert.Equal(status, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (Host is not null) await EndHostAsync();
        if (_neighbours is not null) await _neighbours.DisposeAsync();
        await _ground.DisposeAsync();
        _scratch.Dispose();
    }
}

static class Reading
{
    public static StepSnapshot Step(this MoleculeDetail m, string id) => m.Steps.Single(s => s.Id == id);

    /// <summary>A molecule's whole log, first to last.</summary>
    public static async Task<IReadOnlyList<MoleculeLogEntry>> LogAsync(this HttpClient http, string id) =>
        (await http.GetFromJsonAsync<Page<MoleculeLogEntry>>($"/molecules/{id}/log?limit=500", JsonSettings.Web, Town.Ct))!.Items;

    public static StepState[] States(this MoleculeDetail m) => [.. m.Steps.Select(s => s.State)];
}
