using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;

namespace ClaudeManage.Work.Features.Trail;

/// <summary>Pulsed after every event that reached the trail, whichever replica wrote it.</summary>
sealed class TrailSignal
{
    const string Topic = "trail";

    readonly ReplicaNews<WorkDbContext> _news;

    public TrailSignal(ReplicaNews<WorkDbContext> news)
    {
        _news = news;
        news.Subscribe(Topic, Wakeup.Pulse);
    }

    public Wakeup Wakeup { get; } = new();

    /// <summary>With the transaction: the trail has grown.</summary>
    public void Grown(WorkDbContext db) => _news.Say(db, Topic);
}
