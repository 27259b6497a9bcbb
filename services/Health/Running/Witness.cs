using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Health.Running;

/// <summary>
/// Carries out what <see cref="WitnessRules"/> decides, as the rig's witness. Each act is a command that names the spawn it judged, so that
/// a successor is never hit by what was meant for the one before it.
/// </summary>
sealed class Witness(HealthDbContext db, IOutbox<HealthDbContext> outbox, IOptions<HealthOptions> options, TimeProvider clock)
{
    /// <summary>An assignment that went well for so long starts at the ladder's foot again.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    /// <summary>What was done so far about the agent and its assignment.</summary>
    public async Task<WitnessMemory> MemoryAsync(AgentRow row, CancellationToken ct)
    {
        var known = await CaseAsync(row, ct);
        return new WitnessMemory(known?.Rung ?? Rung.None, known?.At, row.Stops, row.StoppedAt, row.Reported);
    }

    /// <summary>Acts. Returns why, in a sentence.</summary>
    public async Task<string> ActAsync(AgentRow row, Judgement judged, WitnessAct act, CancellationToken ct)
    {
        var now = clock.Now();
        var why = Words.Why(row, judged, now);
        var spawn = row.Spawn;
        var actor = row.RigId is { } rig ? $"{rig}/witness" : "deacon";
        var (assignment, item) = (row.AssignmentId, row.WorkItemId);
        // Nobody else can be given what belongs to no rig.
        if (act == WitnessAct.GiveAway && row.RigId is null) act = WitnessAct.Report;
        if (act is WitnessAct.Restart or WitnessAct.GiveAway && await RefusedByBreakerAsync(row, now, ct) is { } open) (act, why) = (WitnessAct.Report, $"{why}; {open}");
        if (assignment is { } id && act is not WitnessAct.Stop)
        {
            var known = await CaseAsync(row, ct);
            if (known is null) db.Cases.Add(known = new WitnessCaseRow { AssignmentId = id });
            if (act == WitnessAct.Nudge && now - known.At > Forgotten) (known.Rung, known.At) = (Rung.None, null);
            if (act != WitnessAct.Nudge) (known.Rung, known.At) = (WitnessRules.After(known.Rung, act), now);
        }
        await CommandAsync(row, spawn, actor, act, why, now, ct);
        db.History.Add(new HistoryRow { AgentId = row.AgentId, At = now, What = SnakeCase.Of(act.ToString()), Why = why, SessionId = spawn?.SessionId });
        var header = (Caller.System("health") with { Actor = actor }).Event(AgentWitnessed.Type, now, item, row.RigId);
        await outbox.PublishAsync(new AgentWitnessed(header, new WitnessActSnapshot(row.AgentId, act, judged.State, why, item, assignment, spawn?.SessionId, spawn?.StartedAt)), ct);
        HealthTelemetry.Acted(db, row.RigId, act);
        return why;
    }

    async Task CommandAsync(AgentRow row, Spawn? spawn, string actor, WitnessAct act, string why, DateTimeOffset now, CancellationToken ct)
    {
        switch (act)
        {
            case WitnessAct.Nudge:
                row.Nudge(now);
                await SayAsync(row, spawn, actor, "nudge", $"Are you well? The town sees that {why}. Go on, say what you are doing on standard output, or hand off.", now, ct);
                break;
            case WitnessAct.AskHandoff:
                await SayAsync(row, spawn, actor, "handoff", $"Please hand off: {why}. Commit what you have, write the context to $CM_RESULT_FILE and exit with 75, or call `cm handoff`. Otherwise your session is restarted.", now, ct);
                break;
            case WitnessAct.Restart when spawn is { } s:
                await outbox.PublishAsync(new StopSession(s.SessionId, s.NodeId, $"Restarted by {actor}: {why}.", Handoff: true, actor, null, s.StartedAt), ct);
                break;
            case WitnessAct.GiveAway when spawn is { } s:
                await outbox.PublishAsync(new StopSession(s.SessionId, s.NodeId, $"Given to another agent by {actor}: {why}.", Handoff: true, actor, ActorAddress.Pool(row.RigId!), s.StartedAt), ct);
                break;
            case WitnessAct.Stop when spawn is { } s:
                (row.Stops, row.StoppedAt) = (row.Stops + 1, now);
                await outbox.PublishAsync(new StopSession(s.SessionId, s.NodeId, $"Stopped by {actor}: {why}.", Handoff: false, actor, null, s.StartedAt), ct);
                break;
            default:
                row.Reported = true;
                await outbox.PublishAsync(Report(row, actor, why), ct);
                break;
        }
    }

    Task SayAsync(AgentRow row, Spawn? spawn, string actor, string kind, string text, DateTimeOffset now, CancellationToken ct) => spawn is { } s
        ? outbox.PublishAsync(new NudgeSession(Ids.Ordered(now), s.SessionId, s.NodeId, s.StartedAt, kind, text, actor), ct)
        : outbox.PublishAsync(new DeliverMail(Ids.Ordered(now), actor, row.AgentId, $"{row.WorkItemId}: are you still at it?", text, "notification", 1, row.WorkItemId), ct);

    static RaiseIncident Report(AgentRow row, string actor, string why) => row.State switch
    {
        AgentHealthState.PropulsionFailure => new($"propulsion:{row.AgentId}", Severity.Medium, actor, $"Nobody starts what is on the hook {row.AgentId}", Sentence(why),
            [$"See what waits there: cm hook {row.AgentId}", "See what the scheduler says: cm scheduler status"], row.RigId, null, row.AgentId),
        AgentHealthState.Zombie => new($"zombie:{row.AgentId}", Severity.High, actor, $"A session of {row.AgentId} does not end", Sentence($"{why}, and was told to end {row.Stops} times"),
            [$"End it: cm session stop {row.AgentId}", "Look at its node: cm doctor"], row.RigId, null, row.AgentId),
        _ => new($"stuck:{row.WorkItemId}", Severity.High, actor, $"{row.AgentId} is stuck on {row.WorkItemId}", Sentence(why),
            [$"Read what it printed last: cm session output {row.WorkItemId}", $"See what was tried: cm agent show {row.AgentId}", $"Take it off the hook: cm unsling {row.WorkItemId}"], row.RigId, row.WorkItemId, row.AgentId),
    };

    /// <summary>Null when the act may be taken; it is counted then.</summary>
    async Task<string?> RefusedByBreakerAsync(AgentRow row, DateTimeOffset now, CancellationToken ct)
    {
        var rig = row.RigId ?? "";
        var runtime = await db.Rigs.AsNoTracking().Where(r => r.Id == rig).Select(r => r.Runtime).SingleOrDefaultAsync(ct) ?? "";
        var root = Ids.RootOfItem(row.WorkItemId ?? "");
        var formula = await db.Formulas.AsNoTracking().Where(f => f.RootItemId == root).Select(f => f.Formula).SingleOrDefaultAsync(ct) ?? "";
        await db.LockAsync(BreakerRow.CauseOf(rig, formula, runtime), ct);
        var breaker = await db.Breakers.FindAsync([rig, formula, runtime], ct);
        if (breaker is null) db.Breakers.Add(breaker = new BreakerRow { RigId = rig, Formula = formula, Runtime = runtime, WindowAt = now });
        var (limit, window) = (options.Value.BreakerActs, TimeSpan.FromSeconds(options.Value.BreakerWindowSeconds));
        var wasOpen = breaker.IsOpen;
        if (breaker.Allow(now, limit, window)) return null;
        var what = formula.Length == 0 ? $"work of {rig}" : $"work of {rig} under the formula {formula}";
        if (!wasOpen)
            await outbox.PublishAsync(new RaiseIncident(breaker.Cause, Severity.Critical, $"{rig}/witness", $"Agents get stuck on {what} again and again (runtime {runtime})",
                $"{limit} restarts and moves within {Words.Age(window)}. The witness restarts nothing more of this kind until this incident is closed.",
                [$"Look at what they have in common: cm session list --rig {rig}", "Repair it, then close this incident; that closes the breaker"], rig, null, null), ct);
        return $"its breaker is open after {limit} restarts within {Words.Age(window)}";
    }

    async Task<WitnessCaseRow?> CaseAsync(AgentRow row, CancellationToken ct) => row.AssignmentId is { } id ? await db.Cases.FindAsync([id], ct) : null;

    static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
}
