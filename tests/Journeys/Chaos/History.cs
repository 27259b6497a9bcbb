using System.Collections.Concurrent;

namespace ClaudeManage.Journeys.Chaos;

/// <summary>The town said that it made this item.</summary>
public sealed record Created(string Id, string Title);

/// <summary>The town gave this lease.</summary>
/// <param name="Asked">Moment at which it was first asked for.</param>
/// <param name="Answered">Moment at which the answer was there.</param>
public sealed record Granted(string Item, long Fence, string Worker, long Asked, long Answered);

/// <summary>A worker said "done" until it was answered.</summary>
/// <param name="Fence">Of the lease whose token it showed.</param>
/// <param name="KnownStale">The worker had seen that its lease is over before it said so.</param>
/// <param name="AnsweredFence">The fence in the answer; null when it was refused.</param>
public sealed record Finished(string Item, long Fence, string Worker, long Asked, long Answered, bool KnownStale, long? AnsweredFence, bool Replayed)
{
    /// <summary>The town took it.</summary>
    public bool Accepted => AnsweredFence is not null;
}

/// <summary>What the clients of a run were told, with moments from one counter: of two that overlap nobody knows which was first.</summary>
public sealed class History
{
    long _moment;

    public ConcurrentQueue<Created> Creations { get; } = [];

    public ConcurrentQueue<Granted> Grants { get; } = [];

    public ConcurrentQueue<Finished> Completions { get; } = [];

    /// <summary>Items whose completion was acknowledged.</summary>
    public ConcurrentDictionary<string, byte> Done { get; } = [];

    /// <summary>Items whose failure was acknowledged.</summary>
    public int Failed { get; set; }

    /// <summary>The next moment.</summary>
    public long Now() => Interlocked.Increment(ref _moment);

    /// <summary>The last moment that was handed out.</summary>
    public long Last => Interlocked.Read(ref _moment);

    public void Add(Finished one)
    {
        Completions.Enqueue(one);
        if (one.Accepted) Done[one.Item] = 0;
    }
}
