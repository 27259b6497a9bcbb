using System.Globalization;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Expressions;
using ClaudeManage.Workflow.Domain.Formulas;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>Steps that are made while it runs: further iterations of a loop, and what a fan-out asks for.</summary>
sealed partial class MoleculeRun
{
    const int MaxElements = 1_000;

    async Task IterateAsync(MoleculeRow m, StepRow loop, UntilSpec until, CancellationToken ct)
    {
        loop.Iteration++;
        var number = loop.Iteration.ToString(CultureInfo.InvariantCulture);
        var steps = Renamed(until.Body, $"{loop.StepId}.iter{number}.", text => Placeholders.FillSingle(text, name => name == "iteration" ? number : null)!, loop.StepId, []);
        Note(m, loop, "iteration", null, null, Self, number);
        await SpawnAsync(m, steps, null, ct);
    }

    /// <summary>One set of the bonded formula's steps per element; a reason when the output is not what the formula counts on.</summary>
    async Task<string?> FanOutAsync(MoleculeRow m, StepRow step, FanOutSpec fanOut, JsonElement? output, CancellationToken ct)
    {
        var path = fanOut.ForEach.Length > "output".Length ? fanOut.ForEach["output.".Length..] : null;
        if (output is not { } value || JsonPath.Find(value, path) is not { ValueKind: JsonValueKind.Array } list) return $"{fanOut.ForEach} is no list, and one step per element was to be made of it";
        if (list.GetArrayLength() > MaxElements || m.Total + list.GetArrayLength() * fanOut.Body.Count > FormulaValidation.MaxSteps)
            return $"{fanOut.ForEach} has {list.GetArrayLength()} elements; at most {MaxElements}, and {FormulaValidation.MaxSteps} steps in all, are made";
        var (steps, before) = (new List<CookedStep>(), new List<string>());
        foreach (var (item, i) in list.EnumerateArray().Select((item, i) => (item, i)))
        {
            string? Element(string name) => name == "item" ? JsonPath.Text(item) : name == "index" ? i.ToString(CultureInfo.InvariantCulture)
                : name.StartsWith("item.", StringComparison.Ordinal) ? JsonPath.Find(item, name[5..]) is { } found ? JsonPath.Text(found) : "" : null;
            var values = m.Vars.ToDictionary();
            foreach (var (name, definition) in fanOut.Defaults) if (definition.Default is { } text) values[name] = text;
            foreach (var (name, text) in fanOut.Vars ?? new Dictionary<string, string>()) values[name] = Placeholders.FillSingle(text, Element)!;
            var made = Renamed(Pouring.Steps(fanOut.Body, values), $"{step.StepId}.{i + 1}.", text => Placeholders.FillSingle(text, Element)!, null, fanOut.Sequential ? before : []);
            steps.AddRange(made);
            before = [.. made.Select(s => s.Id).Except(made.SelectMany(s => s.Needs))];
        }
        await SpawnAsync(m, steps, step, ct);
        return null;
    }

    static List<CookedStep> Renamed(IReadOnlyList<CookedStep> body, string prefix, Func<string, string> text, string? parent, IReadOnlyList<string> before)
    {
        var ids = body.Select(b => b.Id).ToHashSet();
        return [.. body.Select(b => CookedTexts.Map(b, text) with
        {
            Id = prefix + b.Id,
            ParentId = b.ParentId is { } p ? prefix + p : parent,
            Needs = b.Needs.Any(ids.Contains) ? [.. b.Needs.Select(n => ids.Contains(n) ? prefix + n : n)] : [.. b.Needs, .. before],
            Compensation = b.Compensation is { } undo && ids.Contains(undo) ? prefix + undo : b.Compensation,
        })];
    }

    async Task SpawnAsync(MoleculeRow m, IReadOnlyList<CookedStep> steps, StepRow? spawner, CancellationToken ct)
    {
        var rows = AddSteps(m, steps, m.Total);
        foreach (var row in rows) row.SpawnedBy = spawner?.StepId;
        if (spawner is not null) spawner.OpenSpawned += rows.Count(r => r.Kind != StepKind.Compensation);
        var tops = rows.Where(r => r.ParentId is not null && rows.All(o => o.StepId != r.ParentId)).GroupBy(r => r.ParentId!);
        foreach (var group in tops) if (await StepAsync(m, group.Key, ct) is { } parent) parent.OpenChildren += group.Count();
        StepItems.Number(m, rows, rows.ToDictionary(r => r.StepId));
        if (m.Wisp)
        {
            var holder = await db.Steps.Where(s => s.MoleculeId == m.MoleculeId).OrderByDescending(s => s.Fence).FirstAsync(ct);
            foreach (var row in rows) (row.AgentId, row.Fence) = (holder.AgentId, holder.Fence);
        }
        await db.SaveChangesAsync(ct);
        if (m.Wisp)
        {
            await ConsiderAllAsync(m, ct);
            return;
        }
        foreach (var batch in StepItems.Batches(await ItemsAsync(m, [.. rows.Where(r => r.WorkItemId is not null)], ct)))
            await outbox.PublishAsync(new CreateWorkItems(m.MoleculeId, -1, m.PouredBy, batch), ct);
    }

    /// <summary>Rows of steps with their counts; their items are numbered by <see cref="StepItems.Number"/>.</summary>
    public List<StepRow> AddSteps(MoleculeRow m, IReadOnlyList<CookedStep> steps, int from)
    {
        var rows = steps.Select((s, i) => new StepRow
        {
            MoleculeId = m.MoleculeId,
            StepId = s.Id,
            Position = from + i,
            Kind = s.Kind,
            State = StepState.Pending,
            ParentId = s.ParentId,
            Step = s,
            Iteration = s.Kind == StepKind.Loop ? 1 : 0,
            ItemReady = m.Wisp,
        }).ToList();
        var byId = rows.ToDictionary(r => r.StepId);
        foreach (var row in rows) if (row.ParentId is { } p && byId.TryGetValue(p, out var parent)) parent.OpenChildren++;
        db.Steps.AddRange(rows);
        var counting = rows.Count(r => r.Kind != StepKind.Compensation);
        m.Total += counting;
        m.Open += counting;
        return rows;
    }
}
