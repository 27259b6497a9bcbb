using System.Collections.Concurrent;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Bench;

/// <summary>Follows the trail live, as a person or a program outside does, and tells which items of a rig were seen to be closed.</summary>
sealed class ClosedWatch : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, TaskCompletionSource> _items = new();
    readonly CancellationTokenSource _stop;
    readonly Task _reading;
    int _count;

    ClosedWatch(TownClient town, string rig, CancellationToken ct)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _reading = ReadAsync(town, rig);
    }

    /// <summary>Items seen so far.</summary>
    public int Count => _count;

    /// <summary>From the beginning of the trail.</summary>
    public static ClosedWatch FromBeginning(TownClient town, string rig, CancellationToken ct) => new(town, rig, ct);

    /// <summary>Completes when this one was seen.</summary>
    public Task SeenAsync(string item, TimeSpan patience, CancellationToken ct) => Of(item).Task.WaitAsync(patience, ct);

    /// <summary>Waits for so many; the time since <paramref name="began"/> (a timestamp of <paramref name="clock"/>).</summary>
    /// <exception cref="InvalidOperationException">They did not come: what was acknowledged has not happened.</exception>
    public async Task<TimeSpan> CountAsync(int wanted, long began, TimeSpan patience, TimeProvider clock, CancellationToken ct)
    {
        while (_count < wanted)
        {
            if (_reading.IsFaulted) await _reading;
            if (clock.GetElapsedTime(began) > patience) throw new InvalidOperationException($"{wanted} items were reported done, but only {_count} were closed within {patience.TotalSeconds:0} s.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, ct);
        }
        return clock.GetElapsedTime(began);
    }

    async Task ReadAsync(TownClient town, string rig)
    {
        try
        {
            await foreach (var entry in town.FollowEventsAsync(0, new EventQuery(Rig: rig, Type: WorkItemClosed.Type), ct: _stop.Token))
            {
                Interlocked.Increment(ref _count);
                Of(entry.WorkItemId!).TrySetResult();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
    }

    TaskCompletionSource Of(string item) => _items.GetOrAdd(item, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _stop.Dispose();
    }
}
