namespace ClaudeManage.Health.Domain;

/// <summary>The process that a judgement is about. An agent's next session is another spawn.</summary>
readonly record struct Spawn(Guid SessionId, string NodeId, DateTimeOffset StartedAt);

/// <summary>
/// What is known of an agent, folded from events. Liveness (lease, session, node) and progress (output, commits, processor time, repetition)
/// are separate: a long silent build is alive and quiet.
/// </summary>
class AgentSignals
{
    public DateTimeOffset RegisteredAt { get; set; }

    public bool Retired { get; set; }

    public Guid? AssignmentId { get; set; }

    public string? WorkItemId { get; set; }

    /// <summary>The last fence granted to it on its assignment; older facts are ignored.</summary>
    public long Fence { get; set; }

    public bool HasLease { get; set; }

    public DateTimeOffset? LeaseAt { get; set; }

    public DateTimeOffset? LeaseLostAt { get; set; }

    /// <summary>When it last stopped holding a lease, in whatever way.</summary>
    public DateTimeOffset? LeaseEndedAt { get; set; }

    /// <summary>Why it does not hold one any more.</summary>
    public string? Detail { get; set; }

    public Guid? SessionId { get; set; }

    public bool SessionAlive { get; set; }

    /// <summary>When it started, or ended.</summary>
    public DateTimeOffset? SessionAt { get; set; }

    /// <summary>When its process started; with the session's id this names the spawn.</summary>
    public DateTimeOffset? SpawnedAt { get; set; }

    public string? NodeId { get; set; }

    public DateTimeOffset? NodeAt { get; set; }

    public DateTimeOffset? ProgressAt { get; set; }

    /// <summary>Its work tree held something new.</summary>
    public DateTimeOffset? CommitAt { get; set; }

    /// <summary>Its processes last used the processor noticeably.</summary>
    public DateTimeOffset? BusyAt { get; set; }

    /// <summary>Lines in a row that it printed before.</summary>
    public int Repeats { get; set; }

    public DateTimeOffset? RepeatsSince { get; set; }

    /// <summary>Since when the oldest entry of its hook could be started; null while nothing waits there.</summary>
    public DateTimeOffset? WaitingSince { get; set; }

    /// <summary>How often it was asked since it last moved.</summary>
    public int Nudges { get; set; }

    public DateTimeOffset? NudgedAt { get; set; }

    /// <summary>The live session on a node; null for a bare claim, whose process nobody of ours runs.</summary>
    public Spawn? Spawn => SessionAlive && SessionId is { } id && NodeId is { } node && SpawnedAt is { } at ? new Spawn(id, node, at) : null;

    /// <summary>The last thing that shows it moving.</summary>
    public DateTimeOffset MovedAt => new[] { ProgressAt, CommitAt, SpawnedAt, LeaseAt }.Max() ?? RegisteredAt;

    public void Grant(Guid assignmentId, string workItemId, long fence, string? nodeId, DateTimeOffset at)
    {
        (AssignmentId, WorkItemId, Fence, HasLease, LeaseAt, Detail) = (assignmentId, workItemId, fence, true, at, null);
        NodeId = nodeId ?? NodeId;
        Forget();
    }

    /// <param name="lost">It was taken back, not given up.</param>
    public void EndLease(DateTimeOffset at, bool lost, string? why)
    {
        (HasLease, AssignmentId, WorkItemId, LeaseEndedAt, LeaseLostAt, Detail) = (false, null, null, at, lost ? at : null, why);
        (Nudges, NudgedAt) = (0, null);
    }

    public void StartSession(Guid sessionId, string nodeId, DateTimeOffset startedAt, DateTimeOffset heardAt)
    {
        (SessionId, SessionAlive, SessionAt, SpawnedAt, NodeId, NodeAt) = (sessionId, true, startedAt, startedAt, nodeId, heardAt);
        Forget();
    }

    /// <summary>False when it is about another session than the one known.</summary>
    public bool EndSession(Guid sessionId, DateTimeOffset at)
    {
        if (SessionId is { } current && current != sessionId) return false;
        (SessionId, SessionAlive, SessionAt) = (sessionId, false, at);
        return true;
    }

    /// <summary>Its node spoke of it. Older words change nothing.</summary>
    /// <param name="loop">From how many repetitions on output is no progress.</param>
    public void Beat(DateTimeOffset at, DateTimeOffset? progressAt, DateTimeOffset? busyAt, int repeats, DateTimeOffset? repeatsSince, int loop)
    {
        if (at < NodeAt) return;
        NodeAt = at;
        (Repeats, RepeatsSince) = (repeats, repeatsSince);
        if (busyAt > BusyAt || BusyAt is null) BusyAt = busyAt;
        if (progressAt is not { } moved || moved <= ProgressAt) return;
        ProgressAt = moved;
        if (repeats < loop && moved > NudgedAt) (Nudges, NudgedAt) = (0, null);
    }

    public void Commit(DateTimeOffset at)
    {
        if (at <= CommitAt) return;
        CommitAt = at;
        (Nudges, NudgedAt, Repeats, RepeatsSince) = (0, null, 0, null);
    }

    public void Nudge(DateTimeOffset at) => (Nudges, NudgedAt) = (Nudges + 1, at);

    void Forget() => (ProgressAt, CommitAt, BusyAt, Repeats, RepeatsSince, Nudges, NudgedAt) = (null, null, null, 0, null, 0, null);
}
