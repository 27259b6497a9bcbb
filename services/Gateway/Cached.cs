namespace ClaudeManage.Gateway;

/// <summary>Something that is asked for on demand and believed for a moment; all who come while it is being asked for wait for that one answer.</summary>
/// <param name="ask">Gets the last answer, if there was one, and says how long the new one holds.</param>
sealed class Cached<T>(TimeProvider clock, Func<T?, Task<(T Value, TimeSpan Fresh)>> ask) where T : class
{
    readonly Lock _gate = new();
    T? _value;
    DateTimeOffset _until;
    Task<T>? _asking;

    /// <summary>The last answer while it is fresh, else a new one. A failure is everybody's who waited for it, and forgotten.</summary>
    public Task<T> GetAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_value is not null && clock.GetUtcNow() < _until) return Task.FromResult(_value);
            if (_asking is null or { IsCompleted: true }) _asking = AskAsync();
            return _asking.WaitAsync(ct);
        }
    }

    async Task<T> AskAsync()
    {
        // The caller holds the lock.
        await Task.Yield();
        var (value, fresh) = await ask(_value);
        lock (_gate) (_value, _until) = (value, clock.GetUtcNow() + fresh);
        return value;
    }
}
