namespace ClaudeManage.Messaging;

public enum BusTransport { InProcess, RabbitMq }

/// <summary>Section <c>Bus</c>. RabbitMQ: the broker's amqp URI is <c>ConnectionStrings:rabbitmq</c>.</summary>
public sealed class BusOptions
{
    /// <summary>How messages travel: within the one process of a town, or over a broker where services run alone.</summary>
    public BusTransport Transport { get; set; } = BusTransport.InProcess;

    /// <summary>RabbitMQ: queues and exchanges are declared and nothing is consumed. For the verb <c>migrate</c>.</summary>
    public bool DeployTopologyOnly { get; set; }

    /// <summary>RabbitMQ: unacknowledged messages per endpoint.</summary>
    public int Prefetch { get; set; } = 32;

    /// <summary>Rows a relay takes at a time, and in process has in flight.</summary>
    public int RelayBatch { get; set; } = 500;

    /// <summary>Queued messages an endpoint may handle in one transaction, on RabbitMQ at most <see cref="Prefetch"/>; 1 switches it off.</summary>
    public int LaneBatch { get; set; } = 50;

    /// <summary>Commits gather this long into one batch of the relay when they come in quick succession.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(15);

    /// <summary>A relay looks after its outbox this often even if nobody woke it.</summary>
    public TimeSpan Sweep { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a message's id is remembered against a second delivery; pruned hourly.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>RabbitMQ: whether an endpoint's deliveries go through a lane. Those that handle several at a time gain nothing from one.</summary>
    internal bool IsLaned(int concurrency) => Transport == BusTransport.InProcess || (concurrency == 1 && LaneBatch > 1);
}
