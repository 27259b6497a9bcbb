namespace ClaudeManage.Persistence;

/// <summary>
/// One at a time, in the order of coming, in two queues: the prompt before the patient, except that a patient one passes after
/// every eighth prompt one, so that nobody waits for ever.
/// </summary>
public sealed class WriteGate
{
    const int Favoured = 8;

    readonly Lock _lock = new();
    readonly Queue<TaskCompletionSource> _prompt = new();
    readonly Queue<TaskCompletionSource> _patient = new();
    bool _held;
    int _inARow;

    /// <summary>Waits for its turn; who has passed must leave.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> came first; the turn goes to the next.</exception>
    public async ValueTask EnterAsync(bool patient, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (!_held)
            {
                _held = true;
                return;
            }
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (patient ? _patient : _prompt).Enqueue(turn);
        }
        await using var registration = ct.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn);
        await turn.Task;
    }

    /// <summary>The next one's turn.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            while (Next() is { } turn)
                if (turn.TrySetResult()) return;      // false: it has given up meanwhile
            _held = false;
        }
    }

    TaskCompletionSource? Next()
    {
        var patient = _prompt.Count == 0 || (_patient.Count > 0 && _inARow >= Favoured);
        if (!(patient ? _patient : _prompt).TryDequeue(out var turn)) return null;
        _inARow = patient ? 0 : _inARow + 1;
        return turn;
    }
}
