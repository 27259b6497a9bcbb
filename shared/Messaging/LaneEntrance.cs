using ClaudeManage.Persistence;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Messaging;

/// <summary>
/// Before a queue's pipeline: every delivery waits in the lane of its endpoint, so that those that have come meanwhile share a transaction,
/// and is acknowledged when the lane has finished it.
/// </summary>
sealed class LaneEntrance(Lanes lanes, string endpoint, OutboxRows rows) : IFilter<ReceiveContext>
{
    public void Probe(ProbeContext context) => context.CreateFilterScope("lane");

    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var delivery = new BrokerDelivery(context, rows);
        lanes[endpoint].Enqueue(delivery);
        return delivery.Finished;
    }
}

/// <summary>A delivery of the broker, unacknowledged until it is finished.</summary>
sealed class BrokerDelivery(ReceiveContext context, OutboxRows rows) : Delivery
{
    // The lane's worker goes on; who acknowledges does it elsewhere.
    readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Finished => _finished.Task;
    public override OutboxRow Row => rows.Unread(context);
    public override Guid? MessageId { get; } = context.GetMessageId();
    public override byte[] Body => context.Body.GetBytes();
    public override Dictionary<string, object> Headers { get; } = HeadersOf(context);

    public override void Finish() => _finished.TrySetResult();

    // Refused: the broker hands it to another replica, or to the next start.
    public override void Abandon() => _finished.TrySetCanceled();

    static Dictionary<string, object> HeadersOf(ReceiveContext context)
    {
        var headers = context.TransportHeaders.GetAll().Where(x => x.Value is not null).ToDictionary(x => x.Key, x => x.Value, StringComparer.OrdinalIgnoreCase);
        if (context.ContentType is { } type) headers[MessageHeaders.ContentType] = type.ToString();
        if (context.GetMessageId() is { } id) headers[MessageHeaders.MessageId] = id.ToString();
        return headers;
    }
}

static class LaneEntranceRegistration
{
    /// <summary>So many deliveries may wait at once.</summary>
    public static void UseLane(this IReceiveEndpointConfigurator queue, IRegistrationContext context, string endpoint, int waiting)
    {
        queue.ConcurrentMessageLimit = waiting;
        var services = context.GetRequiredService<RootServices>().Services;
        var entrance = new LaneEntrance(services.GetRequiredService<Lanes>(), endpoint, services.GetRequiredService<OutboxRows>());
        queue.ConfigureReceive(pipe => pipe.UseFilter(entrance));
    }
}
