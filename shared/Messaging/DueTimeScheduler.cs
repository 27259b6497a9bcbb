using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Scheduling;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Messaging;

/// <summary>
/// MassTransit's scheduling (saga Schedule and Unschedule) by due rows of the consumer's own outbox: no plugin of the
/// broker, nothing in memory, and part of the consumer's transaction.
/// </summary>
sealed class DueTimeScheduler(ModuleDbContext db, ISendEndpointProvider endpoints, TimeProvider clock) : IScheduleMessageProvider
{
    public async Task<ScheduledMessage<T>> ScheduleSend<T>(Uri destinationAddress, DateTime scheduledTime, T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        where T : class
    {
        var token = NewId.NextGuid();
        var dueAt = OnOurClock(new DateTimeOffset(DateTime.SpecifyKind(scheduledTime, DateTimeKind.Utc)));
        var endpoint = await endpoints.GetSendEndpoint(destinationAddress);
        await endpoint.Send(message, Pipe.ExecuteAsync<SendContext<T>>(async context =>
        {
            context.MessageId = token;
            // The state machine compares this with the token it keeps and so ignores a cancelled one that was on its way.
            context.Headers.Set(MessageHeaders.SchedulingTokenId, token.ToString("D"));
            context.GetOrAddPayload(() => new DueTime(dueAt));
            if (pipe.IsNotEmpty()) await pipe.Send(context);
        }), cancellationToken);
        return new Scheduled<T>(token, scheduledTime, destinationAddress, message);
    }

    public Task CancelScheduledSend(Guid tokenId, CancellationToken cancellationToken) =>
        db.Outbox.Where(x => x.MessageId == tokenId).ExecuteDeleteAsync(cancellationToken);

    public Task CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) =>
        CancelScheduledSend(tokenId, cancellationToken);

    // MassTransit turns a delay into an instant by the machine's clock. Under a test's clock that is taken back; an instant
    // that already lies in the machine's past was meant as one.
    DateTimeOffset OnOurClock(DateTimeOffset at)
    {
        if (clock == TimeProvider.System) return at;
        var delay = at - TimeProvider.System.GetUtcNow();
        return delay < TimeSpan.FromSeconds(-1) ? at : clock.GetUtcNow() + delay;
    }

    sealed record Scheduled<T>(Guid TokenId, DateTime ScheduledTime, Uri Destination, T Payload) : ScheduledMessage<T> where T : class;
}
