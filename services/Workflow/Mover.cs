using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Runs;
using ClaudeManage.Workflow.Running;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow;

/// <summary>Moves a molecule to what its formula says now: another one takes over what is done and has not changed, and the old one is given up.</summary>
sealed class Mover(WorkflowDbContext db, FormulaLibrary library, Pourer pourer, MoleculeRun run)
{
    /// <summary>The formula cooked anew with the molecule's values, before anything is written.</summary>
    public async Task<PourPlan> PrepareAsync(string id, CancellationToken ct)
    {
        var m = await db.Molecules.AsNoTracking().SingleOrDefaultAsync(x => x.MoleculeId == id, ct) ?? throw Refusal.NotFound("molecule", id).AsException();
        var (cooked, problems) = await library.RequireAsync(m.Formula, m.Vars, await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == m.RigId, ct), ct);
        var mentioned = Pouring.Mentioned(cooked.Steps);
        // A variable that the formula has no more is no slip of whoever poured it.
        var given = m.Vars.Where(v => cooked.Vars.ContainsKey(v.Key) || mentioned(v.Key)).ToDictionary();
        var values = Values.Resolve(cooked.Vars, given, mentioned, problems);
        if (problems.HasErrors) throw FormulaLibrary.Refuse(422, problems);
        return new PourPlan(cooked, values, Pouring.Steps(cooked.Steps, values));
    }

    /// <summary>What moving does, in the caller's transaction; with <paramref name="dryRun"/>, what it would do.</summary>
    public async Task<MigrationPlan> MoveAsync(MoleculeRow from, PourPlan to, bool dryRun, Caller caller, CancellationToken ct)
    {
        if (from.State is not (nameof(MoleculeState.Pouring) or nameof(MoleculeState.Running) or nameof(MoleculeState.Waiting) or nameof(MoleculeState.Failed)))
            throw Refusal.Conflict("molecule-over", $"{from.MoleculeId} is {from.State.ToLowerInvariant()}; there is nothing left of it to move. Pour {from.Formula} anew.").AsException();
        if (to.Steps.Count == 0) throw Refusal.Unprocessable("nothing-to-run", $"With the variables of {from.MoleculeId} every step's condition leaves it out.").AsException();
        var rows = await db.Steps.AsNoTracking().Where(s => s.MoleculeId == from.MoleculeId).OrderBy(s => s.Position).ToListAsync(ct);
        var old = Canonical.Read((await db.Protomolecules.AsNoTracking().SingleAsync(p => p.Id == from.ProtomoleculeId, ct)).Json);
        var target = Canonical.IdOf(Canonical.Write(to.Cooked));
        // A fan-out whose steps are not all over is made again: its steps are not carried over one by one.
        var over = rows.Where(r => r.State is StepState.Done or StepState.Skipped && r.OpenSpawned == 0).ToDictionary(r => r.StepId);
        var move = Move.Between(Pouring.Steps(old.Steps, from.Vars), to.Steps, over.Keys.ToHashSet());
        string[] stopped = [.. rows.Where(r => r.State == StepState.Running).Select(r => r.StepId)];
        var same = target == from.ProtomoleculeId;
        if (dryRun || same) return new MigrationPlan(from.MoleculeId, from.Formula, from.ProtomoleculeId, target, same, move.Kept, move.Again, move.Added, move.Removed, move.Changed, stopped, null);
        var made = await pourer.TakeOverAsync(from, to, move.Kept.ToDictionary(id => id, id => over[id]), caller, ct);
        if (!from.IsOver) await run.CancelAsync(from, $"moved to {made.Molecule.MoleculeId}", caller.Actor, ct);
        return new MigrationPlan(from.MoleculeId, from.Formula, from.ProtomoleculeId, target, false, move.Kept, move.Again, move.Added, move.Removed, move.Changed, stopped, made.Molecule.MoleculeId);
    }
}
