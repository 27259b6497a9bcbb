namespace ClaudeManage.Contracts.Workflow;

/// <summary><c>molecule.poured</c>: A workflow begins.</summary>
public sealed record MoleculePoured(RunEvent Event, MoleculeSnapshot Molecule) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "molecule.poured";
}

/// <summary><c>molecule.completed</c>: Every step is over.</summary>
public sealed record MoleculeCompleted(RunEvent Event, MoleculeSnapshot Molecule) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "molecule.completed";
}

/// <summary><c>molecule.failed</c>: A step failed for good, or somebody cancelled it.</summary>
public sealed record MoleculeFailed(RunEvent Event, MoleculeSnapshot Molecule) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "molecule.failed";
}

/// <summary><c>molecule.paused</c>: No step is started until it is resumed.</summary>
public sealed record MoleculePaused(RunEvent Event, MoleculeSnapshot Molecule) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "molecule.paused";
}

/// <summary><c>molecule.resumed</c>: Steps are started again.</summary>
public sealed record MoleculeResumed(RunEvent Event, MoleculeSnapshot Molecule) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "molecule.resumed";
}

/// <summary><c>molecule.squashed</c>: Folded into its digest.</summary>
public sealed record MoleculeSquashed(RunEvent Event, MoleculeSnapshot Molecule) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "molecule.squashed";
}

/// <summary><c>molecule.burned</c>: Thrown away.</summary>
public sealed record MoleculeBurned(RunEvent Event, MoleculeSnapshot Molecule) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "molecule.burned";
}

/// <summary><c>step.ready</c>: Nothing keeps the step from being worked on.</summary>
public sealed record StepReady(RunEvent Event, StepSnapshot Step) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "step.ready";
}

/// <summary><c>step.started</c>: Somebody has the step under a lease.</summary>
public sealed record StepStarted(RunEvent Event, StepSnapshot Step) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "step.started";
}

/// <summary><c>step.done</c>: The step is done, with its output.</summary>
public sealed record StepDone(RunEvent Event, StepSnapshot Step) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "step.done";
}

/// <summary><c>step.failed</c>: The step failed for good, or will be tried again.</summary>
public sealed record StepFailed(RunEvent Event, StepSnapshot Step) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "step.failed";
}

/// <summary><c>step.skipped</c>: The step was left out by decision.</summary>
public sealed record StepSkipped(RunEvent Event, StepSnapshot Step) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "step.skipped";
}

/// <summary><c>step.budget-low</c>: Four fifths of the step's budget are spent and it is not done; once per grant.</summary>
public sealed record StepBudgetLow(RunEvent Event, StepSnapshot Step) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "step.budget-low";
}

/// <summary><c>gate.waiting</c>: A step waits for this gate.</summary>
public sealed record GateWaiting(RunEvent Event, GateSnapshot Gate) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "gate.waiting";
}

/// <summary><c>gate.opened</c>: The gate opened; who and why is in it.</summary>
public sealed record GateOpened(RunEvent Event, GateSnapshot Gate) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "gate.opened";
}

/// <summary><c>gate.expired</c>: The gate was not opened in time.</summary>
public sealed record GateExpired(RunEvent Event, GateSnapshot Gate) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "gate.expired";
}
