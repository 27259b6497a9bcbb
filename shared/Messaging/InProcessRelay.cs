using System.Collections.Concurrent;
using ClaudeManage.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Messaging;

/// <summary>Hands due rows to the lanes; a row goes from the outbox only when every endpoint has finished it.</summary>
sealed class InProcessRelay<TDb>(string module, IServiceProvider services) : Relay<TDb>(module, services) where TDb : ModuleDbContext
{
    readonly Lanes _lanes = services.GetRequiredService<Lanes>();
    readonly HashSet<long> _inFlight = [];
    readonly ConcurrentQueue<long> _finished = new();

    public override bool IsIdle => _inFlight.Count == 0;

    protected override async Task<bool> PassAsync(TDb db, CancellationToken ct)
    {
        await DeleteFinishedAsync(db, ct);
        var room = Options.RelayBatch - _inFlight.Count;
        if (room < Options.RelayBatch / 2) return false;
        var dueTimeCame = Signal.TakeDueTimeCame();
        var now = Clock.GetUtcNow();
        var rows = await db.ReadDueAsync(now, dueTimeCame, [.. _inFlight], room, lockRows: false, ct);
        if (dueTimeCame)
        {
            await SetAlarmAsync(db, now, ct);
            if (rows.Count >= room) Signal.Sweep();
        }
        foreach (var row in rows) Hand(row);
        return rows.Count >= room;
    }

    void Hand(OutboxRow row)
    {
        _inFlight.Add(row.Id);
        var lanes = _lanes.Of(row);
        // In flight for as long as this process lives: the endpoint may be back after the next start.
        if (lanes is null) return;
        if (lanes.Count == 0)
        {
            Finished(row.Id);
            return;
        }
        var delivery = new Delivery(row, lanes.Count, d => Finished(d.Row.Id));
        foreach (var lane in lanes) lane.Enqueue(delivery);
    }

    void Finished(long id)
    {
        _finished.Enqueue(id);
        Signal.Pulse();
    }

    async Task DeleteFinishedAsync(TDb db, CancellationToken ct)
    {
        var ids = new List<long>();
        while (_finished.TryDequeue(out var id)) ids.Add(id);
        if (ids.Count == 0) return;
        try
        {
            using var pass = await db.EnterWriteGateAsync(ct);
            await db.DeleteAsync([.. ids], ct);
        }
        catch
        {
            foreach (var id in ids) _finished.Enqueue(id);
            throw;
        }
        _inFlight.ExceptWith(ids);
    }
}
