namespace ClaudeManage.Health.Domain;

/// <summary>
/// Counts restarts and moves of one kind of work, so that a poison item, or a broken runtime, cannot burn the fleet: over the limit within the
/// window it opens, and only a person closes it.
/// </summary>
class Breaker
{
    public int Acts { get; set; }

    public DateTimeOffset WindowAt { get; set; }

    public DateTimeOffset? OpenedAt { get; set; }

    public bool IsOpen => OpenedAt is not null;

    /// <summary>One more act is wanted. False when it may not be taken.</summary>
    public bool Allow(DateTimeOffset now, int limit, TimeSpan window)
    {
        if (IsOpen) return false;
        if (now - WindowAt >= window || now < WindowAt) (Acts, WindowAt) = (0, now);
        if (Acts >= limit)
        {
            OpenedAt = now;
            return false;
        }
        Acts++;
        return true;
    }

    public void Close() => (Acts, OpenedAt) = (0, null);
}
