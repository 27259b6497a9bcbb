using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy.Domain;
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

    /// <summary>It slings what is ready; else people and agents do.</summary>
    public bool Auto { get; set; }

    public bool Paused { get; set; }

    /// <summary>Made on purpose, and so watched for getting on; what a single sling makes is not.</summary>
    public bool Watched { get; set; }

    public int? MaxParallel { get; set; }

    public int? StallAfterSeconds { get; set; }

    /// <summary>When it should have landed.</summary>
    public DateTimeOffset? Deadline { get; set; }

    /// <summary>When it was told that it will be late; once per deadline.</summary>
    public DateTimeOffset? LateAt { get; set; }

    /// <summary>When it was told that its deadline is over; once per deadline.</summary>
    public DateTimeOffset? OverdueAt { get; set; }

    /// <summary>Withdraws the next look at the deadline; null when none is due.</summary>
    public Guid? DeadlineToken { get; set; }

    public decimal? BudgetUsd { get; set; }

    /// <summary>When it was told that little of the budget is left; once per budget.</summary>
    public DateTimeOffset? BudgetLowAt { get; set; }

    /// <summary>Set while its budget is spent: nothing is slung.</summary>
    public bool OverBudget { get; set; }

    /// <summary>The changes of all its rigs land together, or none does.</summary>
    public bool Atomic { get; set; }

    /// <summary>Of the last word to the merge queues on which items land together.</summary>
    public long HoldNumber { get; set; }

    /// <summary>Of the last one that they have answered.</summary>
    public long HeldNumber { get; set; }

    /// <summary>Of the last order to land.</summary>
    public long LandingNumber { get; set; }

    /// <summary>An order is under way.</summary>
    public bool Landing { get; set; }

    /// <summary>Why its landing needs a person before it is ordered again.</summary>
    public string? LandingFailure { get; set; }

    /// <summary>Whose inboxes hear how it goes.</summary>
    public IReadOnlyList<string>? Notify { get; set; }

    /// <summary>Set while it does not get on by itself: one episode.</summary>
    public string? StrandedCode { get; set; }

    public string? StrandedReason { get; set; }

    public string? StrandedNext { get; set; }

    public string? StrandedItem { get; set; }

    public DateTimeOffset? StrandedAt { get; set; }

    /// <summary>Withdraws the check that is due next; null when none is.</summary>
    public Guid? CheckToken { get; set; }

    public int Version { get; set; }

    public ConvoyState StateOf => Enum.Parse<ConvoyState>(State);

    public Dispatching Dispatching => State == nameof(ConvoyState.Staged) ? Dispatching.NotYet : !Auto ? Dispatching.ByHand : Paused ? Dispatching.Paused : OverBudget ? Dispatching.OverBudget : Dispatching.Slings;

    /// <summary>The episode is over.</summary>
    public void ForgetStranding() => (StrandedCode, StrandedReason, StrandedNext, StrandedItem, StrandedAt) = (null, null, null, null, null);

    /// <summary>The row's key for a public id.</summary>
    public static Guid KeyOf(string convoyId) => new(SHA256.HashData(Encoding.UTF8.GetBytes(convoyId)).AsSpan(0, 16));
}

/// <summary>An item belongs to a convoy.</summary>
sealed class ConvoyItemRow
{
    public string ConvoyId { get; set; } = "";

    public string WorkItemId { get; set; } = "";

    public DateTimeOffset AddedAt { get; set; }

    /// <summary>When the convoy sent it to a hook; null when it did not, or took it back.</summary>
    public DateTimeOffset? SlungAt { get; set; }

    /// <summary>The last assignment known of then: while the item's is the same, the sling had no answer.</summary>
    public long? SlungRevision { get; set; }

    /// <summary>How often the same sling was sent.</summary>
    public int Slings { get; set; }

    /// <summary>Weight of the longest chain that begins with it, as of the launch or the last change of membership.</summary>
    public double Rank { get; set; }

    /// <summary>Why the convoy does not sling it by itself.</summary>
    public string? Hold { get; set; }

    public string? HoldReason { get; set; }

    /// <summary>The newest merge request known of it, in a convoy that lands together.</summary>
    public string? RequestId { get; set; }

    /// <summary>The lease under which that was handed in.</summary>
    public long RequestFence { get; set; }

    /// <summary>What is known of it; older facts change nothing.</summary>
    public long RequestVersion { get; set; }

    /// <summary>It waits for the others.</summary>
    public bool Proved { get; set; }

    /// <summary>It may be slung as if for the first time.</summary>
    public void Free() => (SlungAt, SlungRevision, Slings, Hold, HoldReason) = (null, null, 0, null, null);
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

    /// <summary>The last assignment that Work knew of.</summary>
    public long Revision { get; set; }

    public string? ParentId { get; set; }

    public WorkItemType? Type { get; set; }

    public int? Priority { get; set; }

    /// <summary>Each label between line feeds, so that one can be looked for.</summary>
    public string? Labels { get; set; }

    public bool Trashed { get; set; }

    /// <summary>When its state last changed.</summary>
    public DateTimeOffset? MovedAt { get; set; }

    /// <summary>The first lease since it was opened.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>When it last became ready.</summary>
    public DateTimeOffset? ReadyAt { get; set; }

    /// <summary>What Work says that the last try cost; where tries were added up here before each was kept, their sum.</summary>
    public decimal? CostUsd { get; set; }

    /// <summary>The last completion in a sum of that kind; zero where there is none.</summary>
    public long CostRevision { get; set; }

    public bool IsOver => Trashed || State == WorkItemState.Closed;
}

/// <summary>A molecule as it was poured.</summary>
sealed class MoleculeCopy
{
    /// <summary>The item that holds those of its steps.</summary>
    public string RootItemId { get; set; } = "";

    /// <summary>How many it holds: they are its children by name.</summary>
    public int Items { get; set; }
}

/// <summary>What one try of an item cost, as Hook told when it was over.</summary>
sealed class CostRow
{
    public string WorkItemId { get; set; } = "";

    /// <summary>Of its lease: no two tries of an item have the same.</summary>
    public long Fence { get; set; }

    public decimal Usd { get; set; }
}

/// <summary>One line of a convoy's own trail, written with what it tells of.</summary>
sealed class TimelineRow
{
    public long Number { get; set; }

    public string ConvoyId { get; set; } = "";

    public DateTimeOffset At { get; set; }

    public string What { get; set; } = "";

    public string? WorkItemId { get; set; }

    public string? Actor { get; set; }

    public string? Detail { get; set; }
}

/// <summary>What Work last said of a rig.</summary>
sealed class RigCopy
{
    public string Id { get; set; } = "";

    public RigState State { get; set; }

    public int MaxWorkers { get; set; }

    public int StallAfterSeconds { get; set; }

    public long Version { get; set; }
}
