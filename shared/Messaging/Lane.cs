using System.Text;
using System.Threading.Channels;
using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Transports;

namespace ClaudeManage.Messaging;

/// <summary>A message on its way through the lane of an endpoint.</summary>
abstract class Delivery
{
    /// <summary>Null: a broker's message that carries none.</summary>
    public abstract Guid? MessageId { get; }
    public abstract byte[] Body { get; }
    public abstract Dictionary<string, object> Headers { get; }

    /// <summary>What is kept of it when nobody will try again.</summary>
    public abstract OutboxRow Row { get; }

    /// <summary>The endpoint is done with it.</summary>
    public abstract void Finish();

    /// <summary>The process stops before the endpoint is done with it: it comes again.</summary>
    public abstract void Abandon();
}

/// <summary>A row on its way to the endpoints that want it; finished when all of them are.</summary>
sealed class RowDelivery(OutboxRow row, int endpoints, Action<long> finished) : Delivery
{
    int _waiting = endpoints;

    public override OutboxRow Row => row;
    public override Guid? MessageId => row.MessageId;
    public override byte[] Body { get; } = Encoding.UTF8.GetBytes(row.Body);
    public override Dictionary<string, object> Headers { get; } = new(RowHeaders.Of(row)) { [MessageHeaders.ContentType] = row.ContentType, [MessageHeaders.MessageId] = row.MessageId.ToString() };

    public override void Finish()
    {
        if (Interlocked.Decrement(ref _waiting) == 0) finished(row.Id);
    }

    // The row is still there.
    public override void Abandon() { }
}

/// <summary>The queue of one endpoint: first in, first out, its own workers, nobody else's trouble.</summary>
sealed class Lane(string endpoint, int concurrency, IReceiveEndpointDispatcher dispatcher, LaneBatch batch, int batchSize, IFailedDeliveries failed)
{
    readonly Channel<Delivery> _queue = Channel.CreateUnbounded<Delivery>();
    readonly CancellationTokenSource _abandon = new();
    Task _workers = Task.CompletedTask;

    public string Endpoint => endpoint;

    /// <summary>Messages that wait here; those that have not left their outbox are not counted.</summary>
    public int Waiting => _queue.Reader.Count;

    public void Enqueue(Delivery delivery) => _queue.Writer.TryWrite(delivery);

    public void Start(CancellationToken stopping) =>
        _workers = Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(() => WorkAsync(stopping), CancellationToken.None)));

    /// <summary>Waits for the messages being handled, at most until <paramref name="ct"/>; those queued come again.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        await using var registration = ct.Register(_abandon.Cancel);
        await _workers;
        while (_queue.Reader.TryRead(out var left)) left.Abandon();
    }

    async Task WorkAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try { await _queue.Reader.WaitToReadAsync(stopping); }
            catch (OperationCanceledException) { return; }
            var taken = new List<Delivery>();
            while (taken.Count < batchSize && _queue.Reader.TryRead(out var delivery)) taken.Add(delivery);
            if (taken.Count > 1 && await batch.TryAsync(taken, _abandon.Token))
            {
                foreach (var delivery in taken) delivery.Finish();
                continue;
            }
            foreach (var delivery in taken)
            {
                if (stopping.IsCancellationRequested) delivery.Abandon();
                else await HandleAsync(delivery);
            }
        }
    }

    async Task HandleAsync(Delivery delivery)
    {
        try
        {
            try { await dispatcher.Dispatch(delivery.Body, delivery.Headers, _abandon.Token); }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Only what never came as far as a consumer ends here; the others' failures are rows already.
                await failed.GiveUpAsync(delivery.Row, e is MessageNotConsumedException ? UnreadDelivery.Unhandled() : e, _abandon.Token);
            }
            delivery.Finish();
        }
        catch (OperationCanceledException) { delivery.Abandon(); }
    }
}
