using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Health;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.HealthTests;

/// <summary>The module on a host, fed with what its neighbours would say, under a clock moved by hand.</summary>
public abstract class HealthTown : IAsyncLifetime
{
    protected const string Nux = "shop/polecats/nux";

    protected FakeTimeProvider Clock { get; } = new(Samples.Moment);

    protected ModuleTestHost Host { get; private set; } = null!;

    protected HttpClient Http { get; private set; } = null!;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    public virtual async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string?>(Settings);
        settings.TryAdd("Health:DeaconSeconds", "0");
        Host = await ModuleTestHost.StartAsync([new HealthModule()], Clock, settings);
        Http = Host.Client();
        await FeedAsync(new RigRegistered(Samples.Event(RigRegistered.Type), Samples.Rig(settings: new RigSettings(StallAfterSeconds: 600, RuntimeOptions: new RuntimeOptions(["agent"])))));
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task FeedAsync<T>(T message) where T : class
    {
        await Host.PublishAsync(message, Ct);
        await Host.IdleAsync(Ct);
    }

    protected async Task PassAsync(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        await Host.IdleAsync(Ct);
    }

    protected Contracts.RunEvent Event(string type, string actor = "system/hook", string? item = "sh-1") => Samples.Event(type, actor, item, Clock.GetUtcNow());

    protected Task GrantAsync(AssignmentSnapshot assignment) => FeedAsync(new LeaseGranted(Event(LeaseGranted.Type, assignment.AgentId!, assignment.WorkItemId), assignment));

    protected async Task<SessionSnapshot> StartAsync(AssignmentSnapshot assignment)
    {
        var now = Clock.GetUtcNow();
        var session = new SessionSnapshot(Guid.NewGuid(), "node-1", assignment.AgentId!, "shop", assignment.WorkItemId, assignment.Id, assignment.Fence, SessionState.Running, 42, 7, null, null, null, 0,
            null, null, now, now, null);
        await FeedAsync(new SessionStarted(Event(SessionStarted.Type, "system/supervisor", assignment.WorkItemId), session));
        return session;
    }

    protected Task BeatAsync(SessionSnapshot session, bool moves = false, bool busy = false, int repeats = 0, DateTimeOffset? since = null)
    {
        var now = Clock.GetUtcNow();
        return FeedAsync(new NodeHeartbeat(new NodeSnapshot("node-1", 4, [], ["command"], [], false, Samples.Moment),
            [new SessionSignal(session.Id, session.AssignmentId, session.AgentId, session.WorkItemId, session.Fence, moves ? now : null, 10, "testing", busy ? now : null, repeats, since)], now));
    }

    /// <summary>Time passes while the node goes on to speak of the session.</summary>
    protected async Task LiveAsync(SessionSnapshot session, double seconds, bool moves = false, bool busy = false, int repeats = 0, DateTimeOffset? since = null)
    {
        for (var left = seconds; left > 0; left -= 30)
        {
            await PassAsync(Math.Min(30, left));
            await BeatAsync(session, moves, busy, repeats, since);
        }
    }

    protected async Task<AgentHealth> ReadAsync(string agent = Nux) => (await Http.GetFromJsonAsync<AgentHealth>($"/agents/{agent}/health", JsonSettings.Web, Ct))!;

    protected async Task<IReadOnlyList<IncidentSnapshot>> IncidentsAsync(string? state = "open") =>
        (await Http.GetFromJsonAsync<Page<IncidentSnapshot>>($"/incidents{(state is null ? "" : $"?state={state}")}", JsonSettings.Web, Ct))!.Items;

    protected IReadOnlyList<WitnessAct> Acts => [.. Host.Probe.Of<AgentWitnessed>().Select(a => a.Act.Act)];
}
