using System.Diagnostics.Metrics;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Telemetry;
using ClaudeManage.Supervisor.Running;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Supervisor;

static class SupervisorTelemetry
{
    public static readonly Spans Spans = new("Supervisor");

    static readonly Counter<long> Ends = TownMeter.Counter("claudemanage.supervisor.sessions.ended", "Sessions that ended, by the `state` they came to");
    static readonly Gauge Open = new("claudemanage.supervisor.sessions", "{session}", "Sessions of this node that are not over, by `state`");

    public static void Ended(string rig, SessionState state) => Ends.Add(1, new("rig", rig), new("state", SnakeCase.Of(state.ToString())));

    public static SampledGauges Gauges { get; } = new([Open], async (services, ct) =>
        [.. (await services.GetRequiredService<SessionStore>().OpenAsync(ct)).GroupBy(s => s.State).Select(g => Reading.Of(Open, g.Count(), "state", SnakeCase.Of(g.Key.ToString())))]);
}
