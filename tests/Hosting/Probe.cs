using System.Collections.Concurrent;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Suite;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using MassTransit;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.Tests.Hosting;

/// <summary>One message as it went over the bus.</summary>
public sealed record Seen(string Type, RunEvent? Event, string Json);

/// <summary>What the modules published.</summary>
public sealed class Probe
{
    // The bus writes decimals as text.
    static readonly System.Text.Json.JsonSerializerOptions Json = new(JsonSettings.Web) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowReadingFromString };

    readonly ConcurrentQueue<Seen> _seen = new();

    /// <summary>Everything, in order of arrival.</summary>
    public IReadOnlyList<Seen> All => [.. _seen];

    /// <summary>The events of a public type, e.g. <c>lease.granted</c>.</summary>
    public IReadOnlyList<Seen> Events(string type) => [.. _seen.Where(s => s.Event?.Type == type)];

    /// <summary>The messages of a CLR type (events and commands).</summary>
    public IReadOnlyList<T> Of<T>() => Read<T>(_seen);

    /// <summary>The messages of a CLR type among these.</summary>
    public static IReadOnlyList<T> Read<T>(IEnumerable<Seen> seen) => [.. seen.Where(s => s.Type == typeof(T).Name).Select(s => System.Text.Json.JsonSerializer.Deserialize<T>(s.Json, Json)!)];

    internal void Add(Seen seen) => _seen.Enqueue(seen);
}

sealed class ProbeModule : IModule
{
    public string Name => "probe";

    public Type DbContext => typeof(ProbeDbContext);

    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Probe>();
        builder.AddModuleDbContext<ProbeDbContext, SqliteProbeDbContext, PostgresProbeDbContext>(Name);
    }

    public void AddMessaging(IModuleBus bus)
    {
        bus.Consumer<ProbeDbContext, EventProbe>();
        bus.Consumer<ProbeDbContext, CommandProbe>();
    }

    public void MapEndpoints(IEndpointRouteBuilder routes) { }
}

sealed class EventProbe(Probe probe) : IConsumer<IRunEvent>
{
    public Task Consume(ConsumeContext<IRunEvent> c)
    {
        var type = c.SupportedMessageTypes.First().Split(':')[^1];
        probe.Add(new Seen(type, c.Message.Event, c.RawMessageJson()));
        return Task.CompletedTask;
    }
}

sealed class CommandProbe(Probe probe) : IConsumer<StartSession>, IConsumer<StopSession>, IConsumer<EnsureConvoy>, IConsumer<RaiseIncident>, IConsumer<NodeHeartbeat>,
    IConsumer<SlingWork>, IConsumer<SlingRefused>, IConsumer<UnslingWork>, IConsumer<ReopenWorkItems>, IConsumer<NudgeSession>, IConsumer<DeliverMail>, IConsumer<TellRigs>, IConsumer<PatrolReport>,
    IConsumer<TellOutside>, IConsumer<HoldMerges>, IConsumer<MergesHeld>, IConsumer<LandTogether>
{
    public Task Consume(ConsumeContext<StartSession> c) => AddAsync(c);

    public Task Consume(ConsumeContext<StopSession> c) => AddAsync(c);

    public Task Consume(ConsumeContext<EnsureConvoy> c) => AddAsync(c);

    public Task Consume(ConsumeContext<RaiseIncident> c) => AddAsync(c);

    public Task Consume(ConsumeContext<NodeHeartbeat> c) => AddAsync(c);

    public Task Consume(ConsumeContext<SlingWork> c) => AddAsync(c);

    public Task Consume(ConsumeContext<SlingRefused> c) => AddAsync(c);

    public Task Consume(ConsumeContext<UnslingWork> c) => AddAsync(c);

    public Task Consume(ConsumeContext<ReopenWorkItems> c) => AddAsync(c);

    public Task Consume(ConsumeContext<NudgeSession> c) => AddAsync(c);

    public Task Consume(ConsumeContext<DeliverMail> c) => AddAsync(c);

    public Task Consume(ConsumeContext<TellRigs> c) => AddAsync(c);

    public Task Consume(ConsumeContext<PatrolReport> c) => AddAsync(c);

    public Task Consume(ConsumeContext<TellOutside> c) => AddAsync(c);

    public Task Consume(ConsumeContext<HoldMerges> c) => AddAsync(c);

    public Task Consume(ConsumeContext<MergesHeld> c) => AddAsync(c);

    public Task Consume(ConsumeContext<LandTogether> c) => AddAsync(c);

    Task AddAsync<T>(ConsumeContext<T> c) where T : class
    {
        probe.Add(new Seen(typeof(T).Name, null, c.RawMessageJson()));
        return Task.CompletedTask;
    }
}

abstract class ProbeDbContext(DbContextOptions options) : ModuleDbContext(options)
{
    protected override void OnModuleModelCreating(ModelBuilder model) { }
}

sealed class SqliteProbeDbContext(DbContextOptions<SqliteProbeDbContext> options) : ProbeDbContext(options);

sealed class PostgresProbeDbContext(DbContextOptions<PostgresProbeDbContext> options) : ProbeDbContext(options);
