using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Health.Domain;

/// <summary>What people and agents are told.</summary>
static class Words
{
    public static string Of(WitnessAct act) => act switch
    {
        WitnessAct.Nudge => "nudge",
        WitnessAct.AskHandoff => "ask for a handoff",
        WitnessAct.Restart => "restart in place",
        WitnessAct.GiveAway => "give to another agent",
        WitnessAct.Stop => "stop its session",
        _ => "tell a person",
    };

    /// <summary>Why an agent is judged as it is, in one sentence without its full stop.</summary>
    public static string Why(AgentSignals s, Judgement j, DateTimeOffset now) => j.State switch
    {
        AgentHealthState.Looping => $"it prints the same lines again and again, {s.Repeats} in a row",
        AgentHealthState.Zombie => "its session runs on without an assignment",
        AgentHealthState.PropulsionFailure => $"work has waited on its hook for {Age(now - s.WaitingSince)}, it could be started, and nobody started it",
        _ when s.Repeats > 0 && s.ProgressAt > s.NudgedAt => $"it was asked {Times(s.Nudges)} and prints the same lines again and again",
        AgentHealthState.Stuck or AgentHealthState.Nudged => $"it was asked {Times(s.Nudges)} and has made no progress for {Age(now - s.MovedAt)}",
        _ => $"it has made no progress for {Age(now - s.MovedAt)}",
    };

    public static string Age(TimeSpan? span) => span switch
    {
        null => "some time",
        { TotalSeconds: < 120 } s => $"{s.TotalSeconds:0} s",
        { TotalMinutes: < 120 } s => $"{s.TotalMinutes:0} min",
        { TotalHours: < 48 } s => $"{s.TotalHours:0} h",
        { } s => $"{s.TotalDays:0} days",
    };

    static string Times(int n) => n == 1 ? "once" : $"{n} times";
}
