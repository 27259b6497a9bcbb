using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy;
using ClaudeManage.Convoy.Data;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.ConvoyTests.Module;

/// <summary>The module alone, and what its neighbours would say to it: versions and revisions grow as theirs do.</summary>
public abstract class ConvoyScene : IAsyncLifetime
{
    readonly Dictionary<string, WorkItemSnapshot> _items = [];
    readonly string _directory = Directory.CreateTempSubdirectory("cm-convoy-").FullName;
    readonly List<Seen> _before = [];
    Ground _ground = null!;
    HttpClient _http = null!;
    Death? _death;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero));

    protected ModuleTestHost Host { get; private set; } = null!;

    protected HttpClient Http => _http;

    /// <summary>The same once more on PostgreSQL where it is true.</summary>
    protected virtual bool Postgres => false;

    /// <summary>The same once more with a broker between it and its neighbours where it is true.</summary>
    protected virtual bool Broker => false;

    public async ValueTask InitializeAsync()
    {
        _ground = await Ground.MakeAsync(Postgres, ["convoy", "probe"], Ct, Broker);
        await StartAsync(null);
        await RigAsync();
    }

    async Task StartAsync(Death? death)
    {
        _death = death;
        Host = await ModuleTestHost.StartAsync([new ConvoyModule()], Clock, _ground.With(death, ("Convoy:UnknownItemWaitMilliseconds", "0")), _directory, death is null ? null : death.Watch);
        _http = Host.Client();
        var http = _http;
        // Whoever waits for an answer learns at once that none will come.
        death?.Token.Register(http.CancelPendingRequests);
    }

    /// <summary>The process ends, and another takes its place on the same data, which dies as <paramref name="death"/> says.</summary>
    /// <param name="down">How long nobody runs in between.</param>
    protected async Task RestartAsync(Death? death = null, TimeSpan down = default)
    {
        await EndAsync();
        Clock.Advance(down);
        await StartAsync(death);
    }

    async Task EndAsync()
    {
        _before.AddRange(Host.Probe.All);
        _http.Dispose();
        try { await Host.DisposeAsync(); }
        catch (Exception) when (_death is { Came: true }) { }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _ground.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>How many events of a type there were in all lives; one that was told in two is one.</summary>
    protected int Told(string type) => _before.Concat(Host.Probe.All).Where(s => s.Event?.Type == type).Select(s => s.Event!.EventId).Distinct().Count();

    /// <summary>The commands of a type in all lives, in order; what was told in two as one.</summary>
    protected IReadOnlyList<T> Commanded<T>() => Probe.Read<T>(_before.Concat(Host.Probe.All).DistinctBy(s => (s.Type, s.Json)));

    /// <summary>Waits until nothing is under way; who is dead is never quiet.</summary>
    protected async Task IdleAsync()
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(Ct, _death?.Token ?? CancellationToken.None);
        await Host.IdleAsync(life.Token);
    }

    // What neighbours say.

    protected Task RigAsync(string id = "shop", int workers = 4, RigState state = RigState.Active, long version = 1, int stall = 900)
    {
        var rig = Samples.Rig(id, settings: new RigSettings(MaxWorkers: workers, StallAfterSeconds: stall), version: version) with { State = state };
        return state == RigState.Active ? TellAsync(new RigUpdated(Samples.Event(RigUpdated.Type), rig)) : TellAsync(new RigParked(Samples.Event(RigParked.Type), rig));
    }

    protected async Task TellAsync<T>(T message) where T : class
    {
        await Host.PublishAsync(message, Ct);
        await IdleAsync();
    }

    protected async Task ItemsAsync(params string[] ids)
    {
        foreach (var id in ids) await ItemAsync(id);
    }

    protected Task ItemAsync(string id, params string[] blockedBy) => ItemAsync(id, i => i, blockedBy);

    protected async Task ItemAsync(string id, Func<WorkItemSnapshot, WorkItemSnapshot> with, params string[] blockedBy)
    {
        _items[id] = with(Samples.Item(id, blockedBy: blockedBy));
        await TellAsync(new WorkItemCreated(Samples.Event(WorkItemCreated.Type), _items[id]));
    }

    /// <summary>Work's next word about an item, not yet told.</summary>
    protected WorkItemSnapshot Next(string id, WorkItemState state, bool ready = false, long? revision = null, OutcomeKind? outcome = null, decimal? cost = null, string? agent = null) => _items[id] = _items[id] with
    {
        State = state,
        Ready = ready,
        Version = _items[id].Version + 1,
        Revision = revision ?? _items[id].Revision,
        AssignedAgentId = agent,
        CompletedAt = state == WorkItemState.Closed ? Clock.GetUtcNow() : null,
        Outcome = state == WorkItemState.Closed ? new WorkItemOutcome(outcome ?? OutcomeKind.Merged, null, "shop/crew/ada", Receipt: new Receipt(Usage: new Usage(CostUsd: cost ?? 0))) : null,
    };

    protected Task ReadyAsync(string id) => TellAsync(new WorkItemReady(Samples.Event(WorkItemReady.Type), Next(id, WorkItemState.Open, ready: true)));

    protected Task HookedAsync(string id) => TellAsync(new WorkItemHooked(Samples.Event(WorkItemHooked.Type), Next(id, WorkItemState.Hooked, revision: _items[id].Revision + 1)));

    protected Task StartedAsync(string id) =>
        TellAsync(new WorkItemStarted(Samples.Event(WorkItemStarted.Type, at: Clock.GetUtcNow()), Next(id, WorkItemState.InProgress, revision: _items[id].Revision + 1, agent: "shop/polecats/nux")));

    protected Task SubmittedAsync(string id) => TellAsync(new WorkItemSubmitted(Samples.Event(WorkItemSubmitted.Type), Next(id, WorkItemState.Submitted, revision: _items[id].Revision + 1)));

    protected Task ClosedAsync(string id, OutcomeKind outcome = OutcomeKind.Merged, decimal cost = 0) =>
        TellAsync(new WorkItemClosed(Samples.Event(WorkItemClosed.Type), Next(id, WorkItemState.Closed, outcome: outcome, cost: cost)));

    protected Task ReopenedAsync(string id, bool ready = true) => TellAsync(new WorkItemReopened(Samples.Event(WorkItemReopened.Type), Next(id, WorkItemState.Open, ready)));

    /// <summary>Hooked, worked on, merged.</summary>
    protected async Task RunAsync(string id, double seconds = 60)
    {
        await HookedAsync(id);
        await StartedAsync(id);
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        await SubmittedAsync(id);
        await ClosedAsync(id);
    }

    /// <summary>Hook's word that an item left its hook undone, and Work's that it is open.</summary>
    protected async Task EndedAsync(string id, AssignmentState state, string actor = "overseer", bool workFirst = false)
    {
        var assignment = Samples.Assignment(id, "shop/pool", state: state, revision: _items[id].Revision + 1);
        object hook = state == AssignmentState.Exhausted
            ? new AssignmentExhausted(Samples.Event(AssignmentExhausted.Type, "system/hook"), assignment, "it failed three times")
            : new AssignmentReleased(Samples.Event(AssignmentReleased.Type, actor), assignment, "unslung");
        var work = new WorkItemReopened(Samples.Event(WorkItemReopened.Type), Next(id, WorkItemState.Open, ready: true, revision: assignment.Revision));
        if (workFirst) await TellAsync(work);
        if (hook is AssignmentExhausted exhausted) await TellAsync(exhausted);
        else await TellAsync((AssignmentReleased)hook);
        if (!workFirst) await TellAsync(work);
    }

    /// <summary>Hook's word that a try is over, with what it cost.</summary>
    protected Task CompletedAsync(string id, decimal cost, WorkItemState state = WorkItemState.Submitted, long fence = 1) => TellAsync(new AssignmentCompleted(
        Samples.Event(AssignmentCompleted.Type), Samples.Assignment(id, "shop/polecats/nux", state: AssignmentState.Completed, revision: fence * 3) with
        {
            Result = new CompletionResult(state == WorkItemState.Submitted ? CompletionOutcome.Completed : CompletionOutcome.Failed, state, null, null, null, null, null, new Usage(CostUsd: cost), "shop/polecats/nux", fence, Clock.GetUtcNow()),
        }));

    /// <summary>Who was told what, in order.</summary>
    protected IEnumerable<(string To, string Subject)> Mail => Host.Probe.Of<DeliverMail>().Select(m => (m.To, m.Subject));

    // What people ask.

    protected async Task<ConvoySnapshot> CreateAsync(CreateConvoyRequest request, HttpStatusCode status = HttpStatusCode.Created) => await SendAsync<ConvoySnapshot>(HttpMethod.Post, "/convoys", request, status);

    protected Task<ConvoySnapshot> AutoAsync(int? maxParallel = null, params string[] items) => CreateAsync(new CreateConvoyRequest("Auto", items, Dispatch: ConvoyDispatch.Auto, MaxParallel: maxParallel, Launch: true));

    protected Task<ConvoySnapshot> VerbAsync(string id, string verb, object? body = null) => SendAsync<ConvoySnapshot>(HttpMethod.Post, $"/convoys/{id}/{verb}", body);

    protected async Task<T> SendAsync<T>(HttpMethod method, string path, object? body = null, HttpStatusCode status = HttpStatusCode.OK, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: JsonSettings.Web) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var answer = await Http.SendAsync(request, Ct);
        Assert.True(answer.StatusCode == status, $"{method} {path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(Ct)}");
        await IdleAsync();
        return (await answer.Content.ReadFromJsonAsync<T>(JsonSettings.Web, Ct))!;
    }

    protected async Task<(string? Code, string Text)> RefusedAsync(HttpMethod method, string path, object? body = null, HttpStatusCode status = HttpStatusCode.Conflict)
    {
        var problem = await SendAsync<System.Text.Json.JsonElement>(method, path, body, status);
        return (problem.GetProperty("code").GetString(), problem.GetRawText());
    }

    protected Task<ConvoyDetail> ReadAsync(string id) => SendAsync<ConvoyDetail>(HttpMethod.Get, $"/convoys/{id}");

    /// <summary>The items slung so far, in order.</summary>
    protected IEnumerable<string> Slung => Host.Probe.Of<SlingWork>().Select(s => s.WorkItemId);

    protected IEnumerable<string> TakenBack => Host.Probe.Of<UnslingWork>().Select(s => s.WorkItemId);

    private protected Task<T> DatabaseAsync<T>(Func<ConvoyDbContext, Task<T>> use) => Host.UseAsync(use);

    protected Task<int> DeadLettersAsync() => DatabaseAsync(db => db.DeadLetters.CountAsync(Ct));

    /// <summary>Moves the clock and lets what is due happen.</summary>
    protected async Task LaterAsync(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        await IdleAsync();
    }
}
