using System.Collections.Concurrent;
using ClaudeManage.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Messaging;

/// <summary>Hands due rows to the lanes; a row goes from the outbox only when every endpoint has finished it.</summary>
sealed class InProcessRelay<TDb>(string module, IServiceProvider services) : Relay<TDb>(module, services) where TDb : ModuleDbContext
{
    readonly Lanes _lanes = services.GetRequiredService<Lanes>();
    readonly Envelopes _envelopes = services.GetRequiredService<Envelopes>();
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
        var refused = rows.Where(row => !Hand(row)).ToList();
        if (refused.Count > 0) await RefuseAsync(db, refused, now, ct);
        return rows.Count >= room;
    }

    /// <summary>False: it is addressed to an endpoint that is not here.</summary>
    bool Hand(OutboxRow row)
    {
        var lanes = _lanes.Of(row);
        if (lanes is null) return false;
        _inFlight.Add(row.Id);
        if (lanes.Count == 0)
        {
            Finished(row.Id);
            return true;
        }
        var delivery = new RowDelivery(row, lanes.Count, Finished);
        foreach (var lane in lanes) lane.Enqueue(delivery);
        return true;
    }

    // One process holds all endpoints: what is not here now will not come by waiting, and would wait for ever.
    Task RefuseAsync(TDb db, List<OutboxRow> rows, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var row in rows) Log.LogError("Message {MessageId} is addressed to {Destination}, which no module here has; dead-lettered", row.MessageId, row.Destination);
        return db.TransactAsync(async token =>
        {
            foreach (var row in rows)
            {
                var endpoint = row.Destination[OutboxRows.QueuePrefix.Length..];
                db.AddDeadLetter(Module, DeadLetters.Of(row, endpoint, $"No module of this process has an endpoint {endpoint}.", now), _envelopes, Signal);
            }
            await db.DeleteAsync([.. rows.Select(x => x.Id)], token);
        }, ct);
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
            using var pass = await db.EnterWriteGateAsync(ct, patient: true);
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
