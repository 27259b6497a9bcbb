using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Work.Features.Trail;

/// <summary>Pulsed after every event that reached the trail.</summary>
sealed class TrailSignal
{
    public Wakeup Wakeup { get; } = new();
}
