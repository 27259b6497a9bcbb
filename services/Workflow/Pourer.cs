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

/// <summary>What is to be poured: cooked, with its values, before anything is written.</summary>
sealed record PourPlan(Protomolecule Cooked, IReadOnlyDictionary<string, string> Values, IReadOnlyList<CookedStep> Steps);

/// <summary>A molecule that was just made, with its steps in the formula's order.</summary>
sealed record Poured(MoleculeRow Molecule, IReadOnlyList<StepRow> Steps);

/// <summary>Makes molecules and wisps, with all their steps, in the caller's transaction; the items are asked for by command.</summary>
sealed class Pourer(WorkflowDbContext db, FormulaLibrary library, MoleculeRun run, IOutbox<WorkflowDbContext> outbox, TimeProvider clock)
{
    /// <summary>Everything that takes time and writes nothing; nobody else need wait for it.</summary>
    public async Task<PourPlan> PrepareAsync(PourRequest request, Caller caller, CancellationToken ct)
    {
        var rig = await RigAsync(request.RigId!, caller, ct);
        var (cooked, problems) = await library.RequireAsync(request.Formula!, request.Vars, rig, ct);
        if (cooked.Type is "expansion" or "aspect")
            throw Refusal.Unprocessable("formula-not-runnable", $"{cooked.Formula} is of type {cooked.Type}: it is used by other formulas and does not run alone.").AsException();
        var values = Values.Resolve(cooked.Vars, request.Vars, Pouring.Mentioned(cooked.Steps), problems);
        if (problems.HasErrors) throw FormulaLibrary.Refuse(422, problems);
        var steps = Pouring.Steps(cooked.Steps, values);
        if (steps.Count == 0) throw Refusal.Unprocessable("nothing-to-run", "With these variables every step's condition leaves it out.").AsException();
        return new PourPlan(cooked, values, steps);
    }

    public async Task<Poured> PourAsync(PourPlan plan, PourRequest request, bool wisp, Caller caller, CancellationToken ct)
    {
        var rig = await RigAsync(request.RigId!, caller, ct);
        var title = request.Title ?? Domain.Expressions.Placeholders.Fill(plan.Cooked.Description, name => plan.Values.GetValueOrDefault(name) ?? "")?.Trim().Split('\n')[0];
        var m = await NewAsync(rig, wisp, string.IsNullOrWhiteSpace(title) ? plan.Cooked.Formula : title, caller, ct);
        (m.Formula, m.ProtomoleculeId, m.Vars, m.ConvoyId, m.Assignee) = (plan.Cooked.Formula, await library.KeepAsync(plan.Cooked, ct), plan.Values, request.ConvoyId, request.Assignee);
        return await BeginAsync(m, plan.Steps, new Dictionary<string, StepRow>(), caller, ct);
    }

    /// <summary>A new molecule of the same protomolecule that takes over everything that does not come after the step, and runs the rest again.</summary>
    public async Task<Poured> ForkAsync(MoleculeRow from, string stepId, Caller caller, CancellationToken ct)
    {
        var rows = await db.Steps.AsNoTracking().Where(s => s.MoleculeId == from.MoleculeId).OrderBy(s => s.Position).ToListAsync(ct);
        if (rows.All(r => r.StepId != stepId)) throw Refusal.NotFound("step", stepId).AsException();
        var rig = await RigAsync(from.RigId, caller, ct);
        var proto = Canonical.Read((await db.Protomolecules.AsNoTracking().SingleAsync(p => p.Id == from.ProtomoleculeId, ct)).Json);
        var steps = Pouring.Steps(proto.Steps, from.Vars);
        if (steps.All(s => s.Id != stepId)) throw Refusal.Unprocessable("step-made-while-running", $"{stepId} was made while {from.MoleculeId} ran; fork from the step that made it.").AsException();
        var graph = new CookedGraph(steps);
        var kept = rows.Where(r => r.State is StepState.Done or StepState.Skipped && r.StepId != stepId && steps.Any(s => s.Id == r.StepId) && !graph.Before(r.StepId).Contains(stepId)).ToDictionary(r => r.StepId);
        return await BeginAsync(await HeirAsync(rig, from, caller, ct), steps, kept, caller, ct);
    }

    /// <summary>A new molecule of another protomolecule in the place of one, with these of its steps done as they are.</summary>
    public async Task<Poured> TakeOverAsync(MoleculeRow from, PourPlan plan, IReadOnlyDictionary<string, StepRow> kept, Caller caller, CancellationToken ct)
    {
        var m = await HeirAsync(await RigAsync(from.RigId, caller, ct), from, caller, ct);
        (m.ProtomoleculeId, m.Vars) = (await library.KeepAsync(plan.Cooked, ct), plan.Values);
        return await BeginAsync(m, plan.Steps, kept, caller, ct);
    }

    async Task<MoleculeRow> HeirAsync(RigCopy rig, MoleculeRow from, Caller caller, CancellationToken ct)
    {
        var m = await NewAsync(rig, from.Wisp, from.Title, caller, ct);
        (m.Formula, m.ProtomoleculeId, m.Vars, m.ConvoyId, m.Assignee, m.ForkOf) = (from.Formula, from.ProtomoleculeId, from.Vars, from.ConvoyId, from.Assignee, from.MoleculeId);
        return m;
    }

    async Task<Poured> BeginAsync(MoleculeRow m, IReadOnlyList<CookedStep> steps, IReadOnlyDictionary<string, StepRow> kept, Caller caller, CancellationToken ct)
    {
        if (m.Wisp && steps.FirstOrDefault(s => Any(s, b => b.Run is not null)) is { } command)
            throw Refusal.Unprocessable("run-in-wisp", $"{command.Id} of {m.Formula} is run by a supervisor, and a wisp's steps are one worker's checklist. Pour it as a molecule (POST /molecules).").AsException();
        if (m.Wisp && steps.FirstOrDefault(s => Any(s, b => b.BudgetUsd is not null)) is { } bound)
            throw Refusal.Unprocessable("budget-in-wisp", $"{bound.Id} of {m.Formula} has a budget, and a wisp's steps have no attempts of their own whose cost could be told. Pour it as a molecule (POST /molecules), or leave the budget out.").AsException();
        db.Molecules.Add(m);
        var rows = run.AddSteps(m, steps, 0);
        var byId = rows.ToDictionary(r => r.StepId);
        var whole = Domain.Runs.Move.Whole(kept.Keys.ToHashSet(), steps);
        foreach (var row in rows.Where(r => whole.Contains(r.StepId)))
        {
            var old = kept[row.StepId];
            (row.State, row.Output, row.StartedAt, row.EndedAt, row.Attempt, row.Spending, row.Reason) = (old.State, old.Output, old.StartedAt, old.EndedAt, old.Attempt, old.Spending, $"taken over from {old.MoleculeId}");
            row.Completion = ++m.Completions;
            m.Open--;
            if (row.ParentId is { } p) byId[p].OpenChildren--;
        }
        // A group of which everything is taken over is over, whatever it was before: nobody will end in it any more.
        foreach (var group in rows.AsEnumerable().Reverse().Where(r => r is { Kind: StepKind.Group, State: StepState.Pending, OpenChildren: 0 }))
        {
            (group.State, group.EndedAt, group.Reason, group.Completion) = (StepState.Done, clock.Now(), "everything in it was taken over", ++m.Completions);
            m.Open--;
            if (group.ParentId is { } p) byId[p].OpenChildren--;
        }
        StepItems.Number(m, [.. rows.Where(r => r.State == StepState.Pending)], byId);
        await run.PouredAsync(m, caller.Actor, ct);
        if (m.Wisp) await run.TellStepsAsync(m, rows, null, ct);
        await outbox.PublishAsync(new CreateWorkItems(m.MoleculeId, 0, caller.Actor, [StepItems.Root(m, rows)]), ct);
        return new Poured(m, rows);
    }

    /// <summary>Also what it may come to make.</summary>
    static bool Any(CookedStep s, Func<CookedStep, bool> that) => that(s) || (s.FanOut?.Body ?? []).Concat(s.Until?.Body ?? []).Any(b => Any(b, that));

    async Task<MoleculeRow> NewAsync(RigCopy rig, bool wisp, string title, Caller caller, CancellationToken ct)
    {
        string id;
        do id = Ids.Molecule(rig.Prefix, wisp);
        while (await db.Molecules.AnyAsync(m => m.MoleculeId == id, ct));
        var root = Ids.RootOf(id);
        return new MoleculeRow
        {
            CorrelationId = MoleculeRow.KeyOf(root),
            MoleculeId = id,
            RootItemId = root,
            Wisp = wisp,
            State = nameof(MoleculeState.Pouring),
            Title = title.Length <= 300 ? title : title[..300],
            RigId = rig.Id,
            PouredBy = caller.Actor,
            CreatedAt = clock.Now(),
        };
    }

    async Task<RigCopy> RigAsync(string id, Caller caller, CancellationToken ct)
    {
        if (await db.Rigs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) is not { } rig) throw Refusal.NotFound("rig", id).AsException();
        caller.RequireRig(id);
        if (rig.State == RigState.Docked) throw Refusal.Conflict("rig-docked", $"The rig {id} is out of operation and takes no new work.").AsException();
        return rig;
    }
}
