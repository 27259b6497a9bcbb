using ClaudeManage.Messaging;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.ServiceDefaults.Telemetry;

/// <summary>How the messages of each module are doing.</summary>
static class MessagingGauges
{
    static readonly Gauge Depth = new("claudemanage.outbox.messages", "{message}", "Messages that are due and have not left");
    static readonly Gauge Age = new("claudemanage.outbox.age", "s", "How long the oldest of them has waited");
    static readonly Gauge Dead = new("claudemanage.dead_letters", "{message}", "Messages given up on, kept in the module's database");

    public static SampledGauges All { get; } = new([Depth, Age, Dead], async (services, ct) =>
        services.GetService<IMessagingHealth>() is not { } health ? [] :     // the gateway has no messages
        [.. (await health.ReadAsync(ct)).SelectMany(m => (Reading[])
        [
            Reading.Of(Depth, m.Outbox, "module", m.Module),
            Reading.Of(Age, m.OldestDueAge?.TotalSeconds ?? 0, "module", m.Module),
            Reading.Of(Dead, m.DeadLetters, "module", m.Module),
        ])]);
}
