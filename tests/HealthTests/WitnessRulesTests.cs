using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Domain;
using static ClaudeManage.HealthTests.Known;

namespace ClaudeManage.HealthTests;

/// <summary>What the witness does next, and when.</summary>
public sealed class WitnessRulesTests
{
    static readonly WitnessMemory Nothing = new(Rung.None, null, 0, null, false);

    static WitnessStep? Next(AgentSignals s, WitnessMemory? memory = null) => WitnessRules.Next(s, HealthRules.Judge(s, Thresholds, T), memory ?? Nothing, Thresholds, T);

    [Fact]
    public void Every_state_has_its_next_step_or_none()
    {
        var steps = Enum.GetValues<AgentHealthState>().ToDictionary(s => s, s => Next(In(s)));
        Assert.Equal(new(WitnessAct.Nudge, Ago(60).AddSeconds(900)), steps[AgentHealthState.Working]);
        Assert.Equal(new(WitnessAct.Nudge, Ago(300).AddSeconds(900)), steps[AgentHealthState.Quiet]);
        Assert.Equal(new(WitnessAct.Nudge, Ago(60).AddSeconds(120)), steps[AgentHealthState.Nudged]);
        Assert.Equal(WitnessAct.AskHandoff, steps[AgentHealthState.Stuck]!.Act);
        Assert.Equal(new(WitnessAct.Nudge, Ago(180)), steps[AgentHealthState.Looping]);
        Assert.Equal(new(WitnessAct.Stop, Ago(180)), steps[AgentHealthState.Zombie]);
        Assert.Equal(new(WitnessAct.Report, Ago(180)), steps[AgentHealthState.PropulsionFailure]);
        Assert.All([AgentHealthState.Idle, AgentHealthState.Dead, AgentHealthState.Unreachable], s => Assert.Null(steps[s]));
    }

    [Fact]
    public void The_ladder_is_climbed_one_step_at_a_time_each_after_twice_the_wait()
    {
        var (rung, last, seen) = (Rung.None, default(DateTimeOffset?), new List<string>());
        while (Next(In(AgentHealthState.Stuck), new(rung, last, 0, null, false)) is { } step)
        {
            seen.Add($"{step.Act} {(last is null ? 0 : (step.At - last.Value).TotalSeconds)}");
            (rung, last) = (WitnessRules.After(rung, step.Act), step.At < T ? T : step.At);
        }
        Assert.Equal(["AskHandoff 0", "Restart 120", "GiveAway 240", "Report 480"], seen);
    }

    [Fact]
    public void Who_runs_without_a_session_of_ours_is_only_asked_and_reported()
    {
        var s = new AgentSignals { RegisteredAt = Ago(9_000) };
        s.Grant(Guid.NewGuid(), "sh-1", 1, null, Ago(2_000));
        Assert.Equal(WitnessAct.Nudge, Next(s)!.Act);
        s.Nudge(Ago(900));
        s.Nudge(Ago(500));
        Assert.Equal(WitnessAct.Report, Next(s)!.Act);
        Assert.Null(Next(s, Nothing with { Rung = Rung.Reported }));
    }

    [Fact]
    public void A_session_without_work_is_told_to_end_three_times_and_then_a_person_hears_of_it()
    {
        var zombie = In(AgentHealthState.Zombie);
        Assert.Equal(T.AddSeconds(120), Next(zombie, Nothing with { Stops = 1, StoppedAt = T })!.At);
        Assert.Equal(new(WitnessAct.Stop, T.AddSeconds(240)), Next(zombie, Nothing with { Stops = 2, StoppedAt = T }));
        Assert.Equal(new(WitnessAct.Report, T.AddSeconds(480)), Next(zombie, Nothing with { Stops = 3, StoppedAt = T }));
        Assert.Null(Next(zombie, Nothing with { Stops = 3, StoppedAt = T, Reported = true }));
    }

    [Fact]
    public void A_breaker_opens_at_the_limit_stays_open_and_forgets_a_window_that_is_over()
    {
        var breaker = new Breaker { WindowAt = T };
        Assert.True(breaker.Allow(T, 2, S(100)) && breaker.Allow(T, 2, S(100)));
        Assert.True(breaker.Allow(T.AddSeconds(100), 2, S(100)));
        Assert.True(breaker.Allow(T.AddSeconds(110), 2, S(100)));
        Assert.False(breaker.Allow(T.AddSeconds(120), 2, S(100)));
        Assert.False(breaker.Allow(T.AddSeconds(900), 2, S(100)));
        breaker.Close();
        Assert.True(breaker.Allow(T.AddSeconds(901), 2, S(100)));
    }
}
