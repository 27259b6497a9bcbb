using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Contracts.Work;
using MassTransit;

namespace ClaudeManage.Convoy.Data;

/// <summary>A convoy: the saga's instance is the entity.</summary>
sealed class ConvoyRow : SagaStateMachineInstance, ISagaVersion
{
    /// <summary>Derived from the public id, so that a message finds its row without a look-up.</summary>
    public Guid CorrelationId { get; set; }

    public string ConvoyId { get; set; } = "";

    /// <summary>The machine's state: Staged, Open, Landed, Cancelled.</summary>
    public string State { get; set; } = "";

    public string Name { get; set; } = "";

    public string? Goal { get; set; }

    public string Owner { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? LaunchedAt { get; set; }

    public DateTimeOffset? LandedAt { get; set; }

    public int Version { get; set; }

    /// <summary>The row's key for a public id.</summary>
    public static Guid KeyOf(string convoyId) => new(SHA256.HashData(Encoding.UTF8.GetBytes(convoyId)).AsSpan(0, 16));
}

/// <summary>An item belongs to a convoy.</summary>
sealed class ConvoyItemRow
{
    public string ConvoyId { get; set; } = "";

    public string WorkItemId { get; set; } = "";

    public DateTimeOffset AddedAt { get; set; }
}

/// <summary>What Work last said of an item, whether or not a convoy holds it yet.</summary>
sealed class ItemCopy
{
    public string Id { get; set; } = "";

    public string RigId { get; set; } = "";

    public WorkItemState State { get; set; }

    public bool Ready { get; set; }

    public OutcomeKind? Outcome { get; set; }

    public string? AgentId { get; set; }

    public IReadOnlyList<Dependency> Dependencies { get; set; } = [];

    public long Version { get; set; }
}
