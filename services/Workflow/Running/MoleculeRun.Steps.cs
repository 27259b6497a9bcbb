using System.Text.Json;
using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Expressions;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow.Running;

/// <summary>The one place where a step changes its state, and what is read of other steps.</summary>
sealed partial class MoleculeRun
{
    /// <summary>Counts, log and event belong to every change.</summary>
    async Task SetAsync(MoleculeRow m, StepRow step, StepState to, string by, string? reason, CancellationToken ct)
    {
        var from = step.State;
        if (from == to) return;
        Count(m, from, -1);
        step.State = to;
        Count(m, to, 1);
        step.Reason = reason ?? (to is StepState.Ready or StepState.Running ? null : step.Reason);
        step.EndedAt = step.IsOver ? clock.Now() : null;
        Note(m, step, "step", from, to, by, reason);
        RunEvent Header(string type) => HeaderOf(type, m, by, step.WorkItemId);
        object? told = to switch
        {
            StepState.Ready => new StepReady(Header(StepReady.Type), step.ToSnapshot()),
            StepState.Running => new StepStarted(Header(StepStarted.Type), step.ToSnapshot()),
            StepState.Done => new StepDone(Header(StepDone.Type), step.ToSnapshot()),
            StepState.Failed => new StepFailed(Header(StepFailed.Type), step.ToSnapshot()),
            StepState.Skipped => new StepSkipped(Header(StepSkipped.Type), step.ToSnapshot()),
            _ => null,
        };
        if (told is not null) await outbox.PublishAsync(told, ct);
    }

    static void Count(MoleculeRow m, StepState state, int by)
    {
        if (state is StepState.Pending or StepState.Ready or StepState.Waiting or StepState.Running) m.Open += by;
        if (state is StepState.Ready or StepState.Running) m.Active += by;
        if (state is StepState.Waiting) m.Waiting += by;
    }

    void Note(MoleculeRow m, StepRow? step, string what, StepState? from, StepState? to, string by, string? reason) => db.Log.Add(new LogRow
    {
        MoleculeId = m.MoleculeId,
        At = clock.Now(),
        Actor = by,
        StepId = step?.StepId,
        What = what,
        From = from?.ToString().ToLowerInvariant(),
        To = to?.ToString().ToLowerInvariant(),
        Attempt = step?.Attempt ?? 0,
        WorkItemId = step?.WorkItemId,
        AgentId = step?.AgentId,
        Fence = step?.Fence ?? 0,
        Reason = reason,
    });

    RunEvent HeaderOf(string type, MoleculeRow m, string by, string? workItemId = null)
    {
        var now = clock.Now();
        return new RunEvent(Ids.Ordered(now), type, by, now, workItemId, m.RigId, m.MoleculeId, m.ConvoyId);
    }

    async Task<CookedStep> FillOutputsAsync(MoleculeRow m, CookedStep step, CancellationToken ct)
    {
        var names = CookedTexts.Of(step).SelectMany(t => Placeholders.Outputs(t.Text)).Select(o => o.Step).Distinct().ToList();
        if (names.Count == 0) return step;
        var rows = await db.Steps.AsNoTracking().Where(s => s.MoleculeId == m.MoleculeId && names.Contains(s.StepId)).ToDictionaryAsync(s => s.StepId, s => s.Output, ct);
        string? Value(string of, string? path) => rows.GetValueOrDefault(of) is { } output && JsonPath.Find(JsonSerializer.Deserialize<JsonElement>(output), path) is { } found ? JsonPath.Text(found) : "";
        return CookedTexts.Map(step, text => Placeholders.FillOutputs(text, Value)!);
    }

    /// <summary>A run-time condition; names of an iterated step are looked up in the loop's last iteration first.</summary>
    async Task<bool?> HoldsAsync(MoleculeRow m, RunCondition condition, StepRow about, CancellationToken ct)
    {
        if (condition.Step is not { } named) return null;
        var last = about.Kind == StepKind.Loop ? $"{about.StepId}.iter{about.Iteration}.{named}" : named;
        var rows = await db.Steps.AsNoTracking().Where(s => s.MoleculeId == m.MoleculeId && (s.StepId == named || s.StepId == last)).ToListAsync(ct);
        var row = rows.FirstOrDefault(r => r.StepId == last) ?? rows.FirstOrDefault();
        var children = condition.Aggregate is null ? [] : await db.Steps.AsNoTracking()
            .Where(s => s.MoleculeId == m.MoleculeId && (named == "steps" ? s.Kind == StepKind.Work : s.ParentId == named || s.SpawnedBy == named)).Select(s => s.State).ToListAsync(ct);
        return condition.Holds(new Facts(row, [.. children.Select(Word)]));
    }

    static string Word(StepState state) => state.ToString().ToLowerInvariant();

    sealed class Facts(StepRow? row, IReadOnlyList<string> children) : IRunFacts
    {
        public string? Status(string step) => row is null ? null : Word(row.State);

        public JsonElement? Output(string step) => row?.Output is { } output ? JsonSerializer.Deserialize<JsonElement>(output) : null;

        public IReadOnlyList<string> Children(string step) => children;
    }
}
