using ClaudeManage.Persistence;

namespace ClaudeManage.Messaging;

/// <summary>Wakes the relay of one module: at once, or at the earliest due time that it was told of.</summary>
sealed class RelaySignal<TDb>(TimeProvider clock, bool hasReplicas) : IDisposable where TDb : ModuleDbContext
{
    readonly Guid _self = Guid.NewGuid();

    readonly SemaphoreSlim _wake = new(0, 1);
    readonly Lock _lock = new();
    ITimer? _timer;
    DateTimeOffset _next = DateTimeOffset.MaxValue;
    bool _dueTimeCame = true;

    /// <summary>Wakes the relay when the row has committed: this process's, and with PostgreSQL behind a broker those of the other replicas.</summary>
    public void OnCommit(TDb db, OutboxRow row)
    {
        db.AfterCommit(row.DueAt == OutboxRow.AtOnce ? Pulse : () => PulseAt(row.DueAt));
        if (hasReplicas && !db.IsSqlite()) db.NotifyOnCommit(OutboxNotice.Channel, OutboxNotice.Of(_self, row));
    }

    /// <summary>A notice of some replica.</summary>
    public void Heard(string payload)
    {
        if (OutboxNotice.IsFrom(payload, _self)) return;
        // Its due time is not known here: look.
        if (OutboxNotice.IsLater(payload)) Sweep();
        Pulse();
    }

    public void Pulse()
    {
        // Full means that it will look anyway.
        try { _wake.Release(); }
        catch (SemaphoreFullException) { }
    }

    /// <summary>Remembers the earliest of all instants it is given until it has fired.</summary>
    public void PulseAt(DateTimeOffset at)
    {
        lock (_lock)
        {
            if (at >= _next) return;
            _next = at;
            var wait = at - clock.GetUtcNow();
            // A timer takes 49 days at most; firing early only means looking again.
            if (wait > TimeSpan.FromDays(30)) wait = TimeSpan.FromDays(30);
            if (wait < TimeSpan.Zero) wait = TimeSpan.Zero;
            _timer ??= clock.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Whether a due time may have come since the last call; then the relay looks for due rows and for the next one.</summary>
    public bool TakeDueTimeCame()
    {
        lock (_lock)
        {
            var came = _dueTimeCame;
            _dueTimeCame = false;
            return came;
        }
    }

    /// <summary>Makes the next pass look at everything.</summary>
    public void Sweep()
    {
        lock (_lock) _dueTimeCame = true;
    }

    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct) => _wake.WaitAsync(atMost, ct);

    void Fire()
    {
        lock (_lock)
        {
            _next = DateTimeOffset.MaxValue;
            _dueTimeCame = true;
        }
        Pulse();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _wake.Dispose();
    }
}
