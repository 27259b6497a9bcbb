using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>How the messages of each module are doing.</summary>
static class MessagingGauges
{
    static readonly Gauge Depth = new("claudemanage.outbox.messages", "{message}", "Messages that are due and have not left");
    static readonly Gauge Age = new("claudemanage.outbox.age", "s", "How long the oldest of them has waited");
    static readonly Gauge Dead = new("claudemanage.dead_letters", "{message}", "Messages given up on, kept in the module's database");

    static readonly Gauge Backlog = new("claudemanage.consumer.backlog", "{message}", "Messages that wait before an endpoint");

    public static SampledGauges All { get; } = new([Depth, Age, Dead, Backlog], async (services, ct) =>
    {
        if (services.GetService<IMessagingHealth>() is not { } health) return [];     // the gateway has no messages
        var readings = new List<Reading>();
        foreach (var m in await health.ReadAsync(ct))
            readings.AddRange(Reading.Of(Depth, m.Outbox, "module", m.Module), Reading.Of(Age, m.OldestDueAge?.TotalSeconds ?? 0, "module", m.Module), Reading.Of(Dead, m.DeadLetters, "module", m.Module));
        foreach (var module in services.GetServices<IModule>())
            foreach (var waiting in await health.BacklogAsync(module.DbContext, ct) ?? [])
                readings.Add(new(Backlog, waiting.Waiting, new("module", module.Name), new("endpoint", waiting.Endpoint)));
        return readings;
    });
}
