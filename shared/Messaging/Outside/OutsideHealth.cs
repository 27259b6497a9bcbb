using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClaudeManage.Messaging.Outside;

/// <summary>Says what of the traffic with outside systems stands still, and why. The suite itself goes on without it.</summary>
sealed class OutsideHealth(OutsideBroker broker) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(broker.Down.Count == 0
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Degraded(string.Join("; ", broker.Down.Select(d => $"{d.Key}: {d.Value}"))));
}
