using ClaudeManage.Messaging;
using ClaudeManage.Refinery.Data;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Says that a row of the queue changed, so that the driver plans again: also the one of the replica that holds the rig.</summary>
sealed class QueueSignal
{
    const string Topic = "queue";

    readonly Wakeup _wakeup = new();
    readonly ReplicaNews<RefineryDbContext> _news;

    public QueueSignal(ReplicaNews<RefineryDbContext> news)
    {
        _news = news;
        news.Subscribe(Topic, _wakeup.Pulse);
    }

    public Task Next => _wakeup.Next;

    public void Pulse() => _wakeup.Pulse();

    /// <summary>With the transaction.</summary>
    public void Changed(RefineryDbContext db) => _news.Say(db, Topic);
}

/// <summary>Identity of this process as a worker on queues; a new one with every start.</summary>
sealed class Replica
{
    public string Id { get; } = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}";
}

/// <summary>Named moments of a landing, at which a test may stop the process. Nothing happens at them otherwise.</summary>
sealed class StepPoints
{
    public const string CandidateRecorded = "candidate-recorded";
    public const string LandingRecorded = "landing-recorded";
    public const string Pushed = "pushed";
    public const string BranchDeleted = "branch-deleted";
    public const string Merged = "merged";
    public const string MoveRecorded = "move-recorded";
    public const string TargetMoved = "target-moved";
    public const string MoveProved = "move-proved";
    public const string RevertRecorded = "revert-recorded";
    public const string Reverted = "reverted";
    public const string Restored = "restored";

    public Func<string, CancellationToken, Task> Reach { get; init; } = (_, _) => Task.CompletedTask;
}
