using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Says that a row of the queue changed, so that the driver plans again.</summary>
sealed class QueueSignal
{
    readonly Wakeup _wakeup = new();

    public Task Next => _wakeup.Next;

    public void Pulse() => _wakeup.Pulse();
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

    public Func<string, CancellationToken, Task> Reach { get; init; } = (_, _) => Task.CompletedTask;
}
