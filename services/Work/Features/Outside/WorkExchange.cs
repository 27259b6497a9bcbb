using System.Globalization;
using ClaudeManage.Messaging.Outside;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Domain;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>
/// Takes work from the exchange <c>claudemanage.work</c>. What is wrong with a message is written on it and it is moved to
/// <c>claudemanage.work.rejected</c>; while the database is away the queue waits.
/// </summary>
sealed class WorkExchange(OutsideBroker broker, IServiceProvider services, IOptions<EdgeOptions> edge, TimeProvider clock, ILogger<WorkExchange> log) : BackgroundService
{
    /// <summary>Where outside systems publish; the queue is Work's own.</summary>
    public static readonly OutsideExchange Incoming = new("claudemanage.work", "work-outside");

    /// <summary>Where to find what was refused.</summary>
    public static readonly OutsideExchange Rejected = new("claudemanage.work.rejected", "claudemanage.work.rejected");

    const int MaxTries = 5;
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => !broker.IsThere ? Task.CompletedTask : broker.KeepAsync("work from outside", async (underWay, ct) =>
    {
        await using var rejected = await broker.OpenPublisherAsync(ct, Rejected);
        await broker.ConsumeAsync(Incoming, (message, token) => HandleAsync(message, rejected, token), underWay, ct);
    }, stoppingToken);

    async Task HandleAsync(OutsideMessage message, OutsidePublisher rejected, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await TakeAsync(message, ct);
                return;
            }
            catch (RefusalException e) when (e.Refusal.Status < 500)
            {
                await RejectAsync(message, e.Refusal, rejected, ct);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                log.LogWarning("Message {MessageId} from outside: {Error}; tried {Tries} times", message.MessageId, e.Message, tries);
                if (tries >= MaxTries && !Transactions.IsOutage(e))
                {
                    log.LogError(e, "Message {MessageId} from outside is rejected", message.MessageId);
                    await RejectAsync(message, new Refusal(500, "internal", "It could not be handled here; the log of Work has the reason."), rejected, ct);
                    return;
                }
            }
            var wait = TimeSpan.FromSeconds(1 << Math.Min(tries - 1, 5));
            await Task.Delay(wait < LongestWait ? wait : LongestWait, ct);
        }
    }

    async Task TakeAsync(OutsideMessage message, CancellationToken ct)
    {
        if (message.Body.Length > edge.Value.MaxBodyBytes) throw new Refusal(413, "too-large", $"The body has {message.Body.Length} bytes; at most {edge.Value.MaxBodyBytes} are taken.", "").AsException();
        var read = OutsideEvent.Read(message.Body, new OutsideFrame(message.ContentType, message.Type, message.MessageId, message.AppId ?? message.UserId ?? ""));
        var part = OutsideSource.Part(read.Source) ?? throw Refusal.Invalid(read.At.Length > 0 ? "/source" : "",
            "Nothing says who sends this: a CloudEvent by its source, a bare body by the AMQP property app_id (or user_id), with at least one letter or digit.").AsException();
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<Intake>().TakeAsync(read, Intake.As($"external/{part}", []), ct);
    }

    async Task RejectAsync(OutsideMessage message, Refusal refusal, OutsidePublisher rejected, CancellationToken ct)
    {
        await using (var scope = services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<Rejections>().RecordAsync(SourceOf(message), message.Type, message.MessageId, refusal, ct);
        var headers = new Dictionary<string, string>(message.Headers)
        {
            ["x-claudemanage-path"] = Rejections.PathOf(refusal),
            ["x-claudemanage-reason"] = refusal.Detail,
            ["x-claudemanage-code"] = refusal.Code,
            ["x-claudemanage-rejected-at"] = clock.Now().ToString("O", CultureInfo.InvariantCulture),
        };
        await rejected.PublishAsync(Rejected.Name, [message with { Headers = headers }], ct);
    }

    // Best effort: the message may be unreadable.
    static string SourceOf(OutsideMessage message)
    {
        if ((message.AppId ?? message.UserId) is { Length: > 0 } named) return $"external/{OutsideSource.Part(named) ?? "unknown"}";
        try
        {
            return OutsideEvent.Parse(message.Body) is { ValueKind: System.Text.Json.JsonValueKind.Object } root && root.TryGetProperty("source", out var source)
                && source.ValueKind == System.Text.Json.JsonValueKind.String && OutsideSource.Part(source.GetString()!) is { } part ? $"external/{part}" : "external/unknown";
        }
        catch (Exception e) when (e is RefusalException or InvalidOperationException) { return "external/unknown"; }
    }
}
