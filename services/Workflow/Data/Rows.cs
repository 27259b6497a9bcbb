using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Runs;
using MassTransit;

namespace ClaudeManage.Workflow.Data;

/// <summary>One revision of a formula that was put into the town; the highest is the one that counts.</summary>
sealed class FormulaRow
{
    public string Name { get; set; } = "";

    public int Revision { get; set; }

    public string Source { get; set; } = "";

    public string Type { get; set; } = "";

    public int FormulaVersion { get; set; }

    public string? Description { get; set; }

    public string By { get; set; } = "";

    public DateTimeOffset At { get; set; }
}

/// <summary>A cooked formula, by the hash of its text. It never changes.</summary>
sealed class ProtomoleculeRow
{
    public string Id { get; set; } = "";

    public string Formula { get; set; } = "";

    public string Json { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A molecule or a wisp: the saga's instance is the entity. Its version guards everything below it.</summary>
sealed class MoleculeRow : SagaStateMachineInstance, ISagaVersion
{
    /// <summary>Derived from the root item's id, which every item of it begins with: a message about an item finds its row without a look-up.</summary>
    public Guid CorrelationId { get; set; }

    public string MoleculeId { get; set; } = "";

    /// <summary>The machine's state, named as in <see cref="MoleculeState"/>.</summary>
    public string State { get; set; } = "";

    public bool Wisp { get; set; }

    public bool Paused { get; set; }

    public string Formula { get; set; } = "";

    public string ProtomoleculeId { get; set; } = "";

    public string Title { get; set; } = "";

    public string RigId { get; set; } = "";

    public string? ConvoyId { get; set; }

    public string RootItemId { get; set; } = "";

    /// <summary>Whose hook a wisp is on.</summary>
    public string? Assignee { get; set; }

    public IReadOnlyDictionary<string, string> Vars { get; set; } = new Dictionary<string, string>();

    public string PouredBy { get; set; } = "";

    public string? ForkOf { get; set; }

    /// <summary>Items made so far; the next gets this number.</summary>
    public int NextItem { get; set; } = 1;

    /// <summary>Batches of items that exist.</summary>
    public int Batches { get; set; }

    public int Total { get; set; }

    /// <summary>Steps that are not over.</summary>
    public int Open { get; set; }

    /// <summary>Steps that are ready or running.</summary>
    public int Active { get; set; }

    /// <summary>Steps before a shut gate.</summary>
    public int Waiting { get; set; }

    /// <summary>Grows with every completion: compensation goes back along it.</summary>
    public long Completions { get; set; }

    /// <summary>What is still to be undone, first to go first; null when nothing is being undone.</summary>
    public IReadOnlyList<string>? Compensating { get; set; }

    /// <summary>A wisp is tried again, and Work has not said yet that its item is open again: whatever else is told of the item is of before.</summary>
    public bool Reopening { get; set; }

    public string? Reason { get; set; }

    public MoleculeDigestColumn? Digest { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public int Version { get; set; }

    public bool IsOver => State is nameof(MoleculeState.Completed) or nameof(MoleculeState.Failed) or nameof(MoleculeState.Burned) or nameof(MoleculeState.Squashed);

    /// <summary>The row's key for the item that holds its items.</summary>
    public static Guid KeyOf(string rootItemId) => new(SHA256.HashData(Encoding.UTF8.GetBytes(rootItemId)).AsSpan(0, 16));

    public MoleculeSnapshot ToSnapshot() => new(
        MoleculeId, Formula, ProtomoleculeId, Title, RigId, Enum.Parse<MoleculeState>(State), Wisp, Paused, RootItemId, Vars, PouredBy, ForkOf, Total, Total - Open, Reason, CreatedAt, EndedAt, Version, NextItem - 1);
}

/// <summary>What was kept of the steps.</summary>
sealed record MoleculeDigestColumn(Contracts.Http.MoleculeDigest Digest);

/// <summary>A step of a molecule.</summary>
sealed class StepRow
{
    CookedStep? _step;

    public string MoleculeId { get; set; } = "";

    public string StepId { get; set; } = "";

    /// <summary>Order of the formula; groups before their children.</summary>
    public int Position { get; set; }

    public StepKind Kind { get; set; }

    public StepState State { get; set; }

    public string? ParentId { get; set; }

    /// <summary>The step whose completion made it.</summary>
    public string? SpawnedBy { get; set; }

    public string? WorkItemId { get; set; }

    /// <summary>Version of the item that was last heard of.</summary>
    public long ItemVersion { get; set; }

    /// <summary>Work says that nothing blocks its item; without an item, that it may be looked at.</summary>
    public bool ItemReady { get; set; }

    /// <summary>Work was asked to open its item again and has not said so yet: whatever else is told of the item is of before.</summary>
    public bool Reopening { get; set; }

    public int OpenChildren { get; set; }

    public int OpenSpawned { get; set; }

    public int DoneSpawned { get; set; }

    public int Iteration { get; set; }

    /// <summary>How often it was given to a worker.</summary>
    public int Attempt { get; set; }

    public string? AgentId { get; set; }

    public long Fence { get; set; }

    public string? Reason { get; set; }

    public string? FailureClass { get; set; }

    public string? Output { get; set; }

    /// <summary>What its attempts cost; null before one was told of.</summary>
    public StepSpending? Spending { get; set; }

    public long? Completion { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>The step as it was poured, as JSON.</summary>
    public string Definition { get; set; } = "";

    /// <summary>The step as it was poured.</summary>
    public CookedStep Step
    {
        get => _step ??= JsonSerializer.Deserialize<CookedStep>(Definition, Canonical.Options)!;
        set => (_step, Definition) = (value, JsonSerializer.Serialize(value, Canonical.Options));
    }

    public bool IsOver => State is StepState.Done or StepState.Failed or StepState.Skipped or StepState.Cancelled or StepState.Compensated;

    /// <summary>Whoever needs it may go on.</summary>
    public bool LetsOthersGo => State is StepState.Done or StepState.Skipped || (State == StepState.Failed && Step.OnFailure == FailurePolicy.Continue);

    public StepSnapshot ToSnapshot() => new(
        StepId, Kind, ParentId, Step.Title, State, WorkItemId, Step.Needs, Attempt, AgentId, Fence, Reason, FailureClass,
        Output is null ? null : JsonSerializer.Deserialize<JsonElement>(Output), StartedAt, EndedAt, NotBefore,
        Spending?.Total ?? 0, Spending?.Spent ?? 0, Step.BudgetUsd);
}

/// <summary>A gate that a step waits for, or waited.</summary>
sealed class GateRow
{
    public Guid Id { get; set; }

    public string MoleculeId { get; set; } = "";

    public string StepId { get; set; } = "";

    public string Type { get; set; } = "";

    public string? Name { get; set; }

    public string? AwaitId { get; set; }

    public string? Condition { get; set; }

    public GateState State { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? DueAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public string? By { get; set; }

    public string? Reason { get; set; }

    public GateSnapshot ToSnapshot() => new(Id, MoleculeId, StepId, Type, Name, AwaitId, Condition, State, CreatedAt, DueAt, EndedAt, By, Reason);
}

/// <summary>One transition.</summary>
sealed class LogRow
{
    public long Number { get; set; }

    public string MoleculeId { get; set; } = "";

    public DateTimeOffset At { get; set; }

    public string Actor { get; set; } = "";

    public string? StepId { get; set; }

    public string What { get; set; } = "";

    public string? From { get; set; }

    public string? To { get; set; }

    public int Attempt { get; set; }

    public string? WorkItemId { get; set; }

    public string? AgentId { get; set; }

    public long Fence { get; set; }

    public string? Reason { get; set; }
}

/// <summary>What Work last said of a rig.</summary>
sealed class RigCopy
{
    public string Id { get; set; } = "";

    public string Prefix { get; set; } = "";

    public RigState State { get; set; }

    public string? GitUrl { get; set; }

    public string? DefaultBranch { get; set; }

    public long Version { get; set; }
}
