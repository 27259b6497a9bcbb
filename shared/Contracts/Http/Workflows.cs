using System.Text.Json;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Contracts.Http;

/// <summary>A formula as it is listed.</summary>
/// <param name="Origin"><c>rig</c> (in its repository), <c>town</c> (put into it) or <c>built-in</c>.</param>
/// <param name="UpdatedBy">Who put it into the town; of one in a repository the commit it was read from.</param>
public sealed record FormulaSummary(string Name, string? Description, string Type, int Version, int Revision, string Origin, DateTimeOffset? UpdatedAt, string? UpdatedBy);

/// <summary><c>GET /formulas/{name}</c>.</summary>
public sealed record FormulaDetail(
    string Name, string? Description, string Type, int Version, int Revision, string Origin, DateTimeOffset? UpdatedAt, string? UpdatedBy, string Source,
    IReadOnlyDictionary<string, VariableDefinition> Vars, IReadOnlyList<FormulaProblem> Warnings);

/// <summary><c>POST /formulas/validate</c>: everything that is wrong, and what it would run.</summary>
public sealed record FormulaValidationResult(bool Ok, IReadOnlyList<FormulaProblem> Problems, CookedFormula? Cooked);

/// <summary><c>POST /formulas/{name}/cook</c>.</summary>
/// <param name="BudgetUsd">What the steps that name a budget may cost together.</param>
public sealed record CookedFormula(
    string Id, string Formula, IReadOnlyList<CookedStep> Steps, IReadOnlyList<IReadOnlyList<string>> Waves, IReadOnlyList<string> CriticalPath, decimal BudgetUsd,
    IReadOnlyDictionary<string, VariableDefinition> Vars, IReadOnlyList<FormulaProblem> Warnings);

/// <summary><c>POST /formulas/{name}/cook</c>.</summary>
/// <param name="RigId">Whose repository is looked at first.</param>
public sealed record CookRequest(IReadOnlyDictionary<string, string>? Vars = null, string? RigId = null);

/// <summary><c>POST /molecules</c> and <c>POST /wisps</c>.</summary>
/// <param name="Assignee">A wisp's hook; the rig's pool when left out.</param>
public sealed record PourRequest(
    string? Formula, IReadOnlyDictionary<string, string>? Vars = null, string? RigId = null, string? Title = null, string? ConvoyId = null, string? Assignee = null);

/// <summary><c>GET /molecules/{id}</c>: the graph with states.</summary>
public sealed record MoleculeDetail(
    string Id, string Formula, string ProtomoleculeId, string Title, string RigId, MoleculeState State, bool Wisp, bool Paused, string? RootItemId, IReadOnlyDictionary<string, string> Vars,
    string PouredBy, string? ForkOf, int Total, int Over, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, long Version,
    IReadOnlyList<StepSnapshot> Steps, IReadOnlyList<GateSnapshot> Gates, MoleculeDigest? Digest)
{
    /// <summary>Takes over a snapshot.</summary>
    public static MoleculeDetail Of(MoleculeSnapshot m, IReadOnlyList<StepSnapshot> steps, IReadOnlyList<GateSnapshot> gates, MoleculeDigest? digest) =>
        new(m.Id, m.Formula, m.ProtomoleculeId, m.Title, m.RigId, m.State, m.Wisp, m.Paused, m.RootItemId, m.Vars, m.PouredBy, m.ForkOf, m.Total, m.Over, m.Reason, m.CreatedAt,
            m.EndedAt, m.Version, steps, gates, digest);
}

/// <summary>What is left of a squashed molecule's steps.</summary>
public sealed record MoleculeDigest(string Outcome, string? Reason, double Seconds, IReadOnlyList<StepDigest> Steps);

/// <summary>One of them.</summary>
public sealed record StepDigest(string Id, StepState State, int Attempts, double? Seconds, string? WorkItemId, JsonElement? Output, decimal CostUsd = 0);

/// <summary>One transition of a molecule or its steps.</summary>
public sealed record MoleculeLogEntry(long Number, DateTimeOffset At, string Actor, string? StepId, string What, string? From, string? To, int Attempt, string? WorkItemId, string? AgentId, long Fence, string? Reason);

/// <summary><c>POST /molecules/{id}/steps/{step}/done</c>.</summary>
public sealed record StepDoneRequest(JsonElement? Output = null, string? Summary = null);

/// <summary><c>POST /molecules/{id}/fork</c>: run again from this step on.</summary>
public sealed record ForkRequest(string? Step);

/// <summary><c>POST /molecules/{id}/migrate</c>.</summary>
/// <param name="DryRun">Only say what it would do.</param>
public sealed record MigrateRequest(bool DryRun = false);

/// <summary>What moving a molecule to its formula's newest form does, or would do.</summary>
/// <param name="From">The protomolecule it has.</param>
/// <param name="To">The one that its formula cooks to now, with the molecule's variables.</param>
/// <param name="Same">They are one: nothing is to be moved.</param>
/// <param name="Kept">Steps that are over and are taken over with their outputs.</param>
/// <param name="Again">Steps that are over and run again: they, or something they come after, have changed.</param>
/// <param name="Stopped">Steps that somebody works on now; that work is taken away.</param>
/// <param name="Molecule">The molecule that goes on; null when nothing was moved.</param>
public sealed record MigrationPlan(
    string Id, string Formula, string From, string To, bool Same, IReadOnlyList<string> Kept, IReadOnlyList<string> Again, IReadOnlyList<string> Added, IReadOnlyList<string> Removed,
    IReadOnlyList<string> Changed, IReadOnlyList<string> Stopped, string? Molecule);

/// <summary><c>POST /runtime/compact</c>.</summary>
/// <param name="DryRun">Only say what it would do.</param>
/// <param name="Limit">At most so many at once, 200 unless said otherwise.</param>
public sealed record CompactRequest(bool DryRun = false, int? Limit = null);

/// <summary>What a compaction looked at and did, or would do.</summary>
/// <param name="Folded">Molecules and wisps whose steps became a digest.</param>
/// <param name="Kept">Those that are over and stay as they are: too young, or something of them is still under way.</param>
/// <param name="Archive">Where the transitions of what was folded stay readable.</param>
/// <param name="Ids">Which were folded, the longest over first.</param>
/// <param name="UnderWay">Old enough, and kept because one of their steps is still with somebody.</param>
/// <param name="MoleculesBefore">Molecules that ended before this are folded.</param>
/// <param name="WispsBefore">And wisps that ended before this.</param>
/// <param name="More">There is more to fold: ask again.</param>
public sealed record CompactionResult(
    bool DryRun, int Folded, int Kept, string Archive, IReadOnlyList<string> Ids, IReadOnlyList<string> UnderWay, DateTimeOffset MoleculesBefore, DateTimeOffset WispsBefore, bool More);

/// <summary><c>POST /signals</c>: something happened outside. Opens the gates that wait for this type and, when they name one, this id.</summary>
public sealed record SignalRequest(string? Type, string? Id = null, string? Reason = null);

/// <summary><c>POST /gates/{id}/callback</c>.</summary>
/// <param name="Ok">False fails the step that waits.</param>
public sealed record GateCallback(bool Ok = true, string? Reason = null);

/// <summary>The gate as it is then: one that had ended before stays as it was.</summary>
public sealed record GateCallbackResult(Guid Id, GateState State);

/// <summary>How many gates a signal opened.</summary>
public sealed record SignalResult(int Opened);
