using System.Diagnostics;
using System.Diagnostics.Metrics;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Persistence;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Queue;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Refinery;

static class RefineryTelemetry
{
    static readonly Spans Spans = new("Refinery");
    static readonly Histogram<double> Gates = TownMeter.Duration("claudemanage.refinery.gate.duration", "One run of a gate with its retries; `result` as it counts. Results taken over from the same tree are not in it");
    static readonly Histogram<double> Merges = TownMeter.Duration("claudemanage.refinery.merge.duration", "From handing in to the end; `state` is merged, conflicted, rejected or superseded");
    static readonly Gauge Depth = new("claudemanage.refinery.queue.depth", "{request}", "Merge requests that are not over");

    /// <summary>The span of a step, in the trace of its item.</summary>
    public static Activity? Start(Step step, RequestView about)
    {
        var span = Spans.Start(NameOf(step), about.TraceParent, about.WorkItemId, step.RigId, QueueHolds.Driver.Actor, about.Fence);
        span?.SetTag("merge_request", step.RequestId);
        if (step is RunGate gate) span?.SetTag("gate", gate.Gate).SetTag("on_target", gate.OnTarget);
        return span;
    }

    public static void GateRan(string rig, string gate, GateOutcome outcome, long began)
    {
        var result = SnakeCase.Of(outcome.Result.ToString());
        Activity.Current?.SetTag("result", result);
        if (Gates.Enabled) Gates.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new("rig", rig), new("gate", gate), new("result", result));
    }

    public static void Ended(RefineryDbContext db, MergeRequest request)
    {
        if (!Merges.Enabled || request.EndedAt is not { } ended) return;
        var (rig, state, took) = (request.RigId, SnakeCase.Of(request.CurrentState), (ended - request.QueuedAt).TotalSeconds);
        db.AfterCommit(() => Merges.Record(took, new("rig", rig), new("state", state)));
    }

    public static SampledGauges Gauges { get; } = new([Depth], async (services, ct) =>
        [.. (await services.GetRequiredService<RefineryDbContext>().Requests.AsNoTracking().Where(r => r.EndedAt == null).GroupBy(r => r.RigId).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(ct))
            .Select(g => Reading.Of(Depth, g.Count, "rig", g.Key))]);

    static string NameOf(Step step) => step switch
    {
        BuildCandidate => "build",
        RunGate => "gate",
        Land or MoveTarget => "merge",
        RestoreTarget => "revert",
        _ => "judge",
    };
}
