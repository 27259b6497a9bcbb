using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;
using ClaudeManage.Workflow.Running;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow;

/// <summary>Makes molecules and wisps, with all their steps, in the caller's transaction; the items are asked for by command.</summary>
sealed class Pourer(WorkflowDbContext db, FormulaLibrary library, MoleculeRun run, IOutbox<WorkflowDbContext> outbox, TimeProvider clock)
{
    public async Task<MoleculeRow> PourAsync(PourRequest request, bool wisp, Caller caller, CancellationToken ct)
    {
        var rig = await RigAsync(request.RigId!, caller, ct);
        var (cooked, problems) = await library.RequireAsync(request.Formula!, request.Vars, ct);
        if (cooked.Type is "expansion" or "aspect")
            throw Refusal.Unprocessable("formula-not-runnable", $"{cooked.Formula} is of type {cooked.Type}: it is used by other formulas and does not run alone.").AsException();
        var values = Values.Resolve(cooked.Vars, request.Vars, Pouring.Mentioned(cooked.Steps), problems);
        if (problems.HasErrors) throw FormulaLibrary.Refuse(422, problems);
        var steps = Pouring.Steps(cooked.Steps, values);
        if (steps.Count == 0) throw Refusal.Unprocessable("nothing-to-run", "With these variables every step's condition leaves it out.").AsException();
        var title = request.Title ?? Domain.Expressions.Placeholders.Fill(cooked.Description, name => values.GetValueOrDefault(name) ?? "")?.Trim().Split('\n')[0];
        var m = await NewAsync(rig, wisp, string.IsNullOrWhiteSpace(title) ? cooked.Formula : title, caller, ct);
        (m.Formula, m.ProtomoleculeId, m.Vars, m.ConvoyId, m.Assignee) = (cooked.Formula, await library.KeepAsync(cooked, ct), values, request.ConvoyId, request.Assignee);
        await BeginAsync(m, steps, new Dictionary<string, StepRow>(), caller, ct);
        return m;
    }

    /// <summary>A new molecule of the same protomolecule that takes over everything that does not come after the step, and runs the rest again.</summary>
    public async Task<MoleculeRow> ForkAsync(MoleculeRow from, string stepId, Caller caller, CancellationToken ct)
    {
        var rows = await db.Steps.AsNoTracking().Where(s => s.MoleculeId == from.MoleculeId).OrderBy(s => s.Position).ToListAsync(ct);
        if (rows.All(r => r.StepId != stepId)) throw Refusal.NotFound("step", stepId).AsException();
        var rig = await RigAsync(from.RigId, caller, ct);
        var proto = Canonical.Read((await db.Protomolecules.AsNoTracking().SingleAsync(p => p.Id == from.ProtomoleculeId, ct)).Json);
        var steps = Pouring.Steps(proto.Steps, from.Vars);
        if (steps.All(s => s.Id != stepId)) throw Refusal.Unprocessable("step-made-while-running", $"{stepId} was made while {from.MoleculeId} ran; fork from the step that made it.").AsException();
        var graph = new CookedGraph(steps);
        var kept = rows.Where(r => r.State is StepState.Done or StepState.Skipped && r.StepId != stepId && steps.Any(s => s.Id == r.StepId) && !graph.Before(r.StepId).Contains(stepId)).ToDictionary(r => r.StepId);
        var m = await NewAsync(rig, from.Wisp, from.Title, caller, ct);
        (m.Formula, m.ProtomoleculeId, m.Vars, m.ConvoyId, m.Assignee, m.ForkOf) = (from.Formula, from.ProtomoleculeId, from.Vars, from.ConvoyId, from.Assignee, from.MoleculeId);
        await BeginAsync(m, steps, kept, caller, ct);
        return m;
    }

    async Task BeginAsync(MoleculeRow m, IReadOnlyList<CookedStep> steps, IReadOnlyDictionary<string, StepRow> kept, Caller caller, CancellationToken ct)
    {
        db.Molecules.Add(m);
        var rows = run.AddSteps(m, steps, 0);
        var byId = rows.ToDictionary(r => r.StepId);
        foreach (var row in rows.Where(r => kept.ContainsKey(r.StepId)))
        {
            var old = kept[row.StepId];
            (row.State, row.Output, row.StartedAt, row.EndedAt, row.Attempt, row.Reason, row.WorkItemId) = (old.State, old.Output, old.StartedAt, old.EndedAt, old.Attempt, $"taken over from {old.MoleculeId}", null);
            row.Completion = ++m.Completions;
            m.Open--;
            if (row.ParentId is { } p) byId[p].OpenChildren--;
        }
        await run.PouredAsync(m, caller.Actor, ct);
        await outbox.PublishAsync(new CreateWorkItems(m.MoleculeId, 0, caller.Actor, [StepItems.Root(m, rows)]), ct);
    }

    async Task<MoleculeRow> NewAsync(RigCopy rig, bool wisp, string title, Caller caller, CancellationToken ct)
    {
        string id;
        do id = Ids.Molecule(rig.Prefix, wisp);
        while (await db.Molecules.AnyAsync(m => m.MoleculeId == id, ct));
        var root = Ids.RootOf(id);
        return new MoleculeRow
        {
            CorrelationId = MoleculeRow.KeyOf(root), MoleculeId = id, RootItemId = root, Wisp = wisp, State = nameof(MoleculeState.Pouring), Title = title.Length <= 300 ? title : title[..300],
            RigId = rig.Id, PouredBy = caller.Actor, CreatedAt = clock.Now(),
        };
    }

    async Task<RigCopy> RigAsync(string id, Caller caller, CancellationToken ct)
    {
        if (await db.Rigs.FindAsync([id], ct) is not { } rig) throw Refusal.NotFound("rig", id).AsException();
        caller.RequireRig(id);
        if (rig.State == RigState.Docked) throw Refusal.Conflict("rig-docked", $"The rig {id} is out of operation and takes no new work.").AsException();
        return rig;
    }
}
