namespace ClaudeManage.Gateway;

/// <summary>Something that is asked for on demand and believed for a moment; whoever comes while it is being asked for waits for that answer.</summary>
sealed class Cached<T>(TimeProvider clock, Func<T?, CancellationToken, Task<(T Value, TimeSpan Fresh)>> ask) : IDisposable where T : class
{
    readonly SemaphoreSlim _gate = new(1, 1);
    Entry? _entry;

    sealed record Entry(T Value, DateTimeOffset Until);

    /// <summary>The last answer while it is fresh, else a new one.</summary>
    public async Task<T> GetAsync(CancellationToken ct)
    {
        if (Fresh() is { } known) return known;
        await _gate.WaitAsync(ct);
        try
        {
            if (Fresh() is { } meanwhile) return meanwhile;
            var (value, fresh) = await ask(_entry?.Value, ct);
            _entry = new Entry(value, clock.GetUtcNow() + fresh);
            return value;
        }
        finally { _gate.Release(); }
    }

    T? Fresh() => Volatile.Read(ref _entry) is { } entry && clock.GetUtcNow() < entry.Until ? entry.Value : null;

    public void Dispose() => _gate.Dispose();
}
