using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// A session this process is looking after: what others may tell it, and the figures that change too often for a row.
/// Every call returns at once, so no session can hold up whoever speaks to it.
/// </summary>
sealed class LiveSession
{
    // Never disposed: whoever found this session may still tell it to stop when it is over. It holds no timer.
    readonly CancellationTokenSource _stopping = new();
    readonly CancellationTokenSource _halting = new();
    readonly TaskCompletionSource<Ending> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<string> _leaseLost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LiveSession(SessionRow row, SessionDirectory files)
    {
        (Id, AgentId, RigId, WorkItemId, AssignmentId, Fence, TraceParent, Files) =
            (row.Id, row.AgentId, row.RigId, row.WorkItemId, row.AssignmentId, row.Fence, row.TraceParent, files);
        Transcript = new Transcript(files.Transcript);
        LastProgressAt = row.LastProgressAt ?? row.StartedAt;
    }

    public Guid Id { get; }
    public string AgentId { get; }
    public string RigId { get; }
    public string WorkItemId { get; }
    public Guid AssignmentId { get; }
    public long Fence { get; set; }
    public string? TraceParent { get; }
    public SessionDirectory Files { get; }
    public Transcript Transcript { get; }
    public ClaimResult? Claim { get; set; }

    /// <summary>What it runs instead of an agent.</summary>
    public PlannedRun? Command => Claim?.Assignment.Run;

    public DateTimeOffset? LastProgressAt { get; set; }

    /// <summary>Pid of its process, which leads a session of the kernel.</summary>
    public int? Leader { get; set; }

    /// <summary>When its processes last used the processor noticeably.</summary>
    public DateTimeOffset? BusyAt { get; set; }

    /// <summary>Processor time at the last look, and when that was.</summary>
    public (long Ticks, long At)? Metered { get; set; }

    /// <summary>Since when every line repeats an earlier one.</summary>
    public DateTimeOffset? RepeatsSince { get; set; }

    /// <summary>Pulsed when its output grew or it ended.</summary>
    public Wakeup News { get; } = new();

    /// <summary>Somebody wants it ended; the first one's reason counts.</summary>
    public Task<Ending> StopRequested => _stop.Task;

    /// <summary>For preparations, which are given up then.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The town does not renew its lease any more.</summary>
    public Task<string> LeaseLost => _leaseLost.Task;

    /// <summary>The worker itself declared its item done, and the town took it.</summary>
    public Task Accepted => _accepted.Task;

    /// <summary>Cancelled at an emergency stop: whatever still runs for it ends at once.</summary>
    public CancellationToken Halting => _halting.Token;

    public void RequestStop(Ending why)
    {
        if (why.Kind == EndKind.Halted) _halting.Cancel();
        if (_stop.TrySetResult(why)) _stopping.Cancel();
    }

    public void LoseLease(string reason) => _leaseLost.TrySetResult(reason);

    public void Accept() => _accepted.TrySetResult();

    // Whether a step's command prints the same again and again is nobody's business.
    public SessionSignal ToSignal() => new(Id, AssignmentId, AgentId, WorkItemId, Fence, LastProgressAt, Transcript.Length, Transcript.Progress, BusyAt, Command is null ? Transcript.Repeats : 0, RepeatsSince);

    /// <summary>The snapshot with today's figures.</summary>
    public SessionSnapshot Freshen(SessionSnapshot kept) => kept.EndedAt is not null ? kept
        : kept with { OutputBytes = Transcript.Length, Progress = Transcript.Progress ?? kept.Progress, LastProgressAt = LastProgressAt ?? kept.LastProgressAt };
}
