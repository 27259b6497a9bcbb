using ClaudeManage.Contracts.Health;
using ClaudeManage.Health.Domain;
using static ClaudeManage.HealthTests.Known;

namespace ClaudeManage.HealthTests;

/// <summary>Every state and every signal: where it leads.</summary>
public sealed class TransitionTests
{
    // As the consumers apply them: what is about another lease or session does not reach the signals.
    static readonly (string Name, Action<AgentSignals> Apply)[] Signals =
    [
        ("granted", s => s.Grant(Guid.NewGuid(), "sh-2", 2, "n1", T)),
        ("expired", s => { if (s.HasLease) s.EndLease(T, true, "not renewed"); }),
        ("released", s => { if (s.HasLease) s.EndLease(T, false, null); }),
        ("started", s => s.StartSession(Guid.NewGuid(), "n1", T, T)),
        ("ended", s => s.EndSession(Session, T)),
        ("moves", s => { if (s.SessionAlive) s.Beat(T, T, null, 0, null, 100); }),
        ("silent", s => { if (s.SessionAlive) s.Beat(T, null, null, s.Repeats, s.RepeatsSince, 100); }),
        ("repeats", s => { if (s.SessionAlive) s.Beat(T, T, null, 500, Ago(200), 100); }),
        ("commit", s => { if (s.SessionAlive) s.Commit(T); }),
        ("nudge", s => s.Nudge(T)),
        ("queued", s => s.WaitingSince = T),
        ("overdue", s => s.WaitingSince = Ago(200)),
        ("retired", s => s.Retired = true),
    ];

    static readonly Dictionary<AgentHealthState, string> Table = new()
    {
        //                                       granted     expired released started     ended      moves      silent      repeats     commit      nudge       queued      overdue     retired
        [AgentHealthState.Idle] = "working     idle    idle     idle        idle       idle       idle        idle        idle        idle        idle        propulsion  idle",
        [AgentHealthState.Working] = "working     dead    idle     working     working    working    working     looping     working     nudged      working     working     working",
        [AgentHealthState.Quiet] = "working     dead    idle     working     working    working    quiet       looping     working     nudged      quiet       quiet       quiet",
        [AgentHealthState.Nudged] = "working     dead    idle     working     working    working    nudged      nudged      working     nudged      nudged      nudged      nudged",
        [AgentHealthState.Stuck] = "working     dead    idle     working     working    working    stuck       stuck       working     nudged      stuck       stuck       stuck",
        [AgentHealthState.Looping] = "working     dead    idle     working     working    working    looping     looping     working     nudged      looping     looping     looping",
        [AgentHealthState.Zombie] = "working     zombie  zombie   idle        idle       zombie     zombie      zombie      zombie      zombie      zombie      zombie      zombie",
        [AgentHealthState.Dead] = "working     dead    dead     dead        dead       dead       dead        dead        dead        dead        dead        propulsion  dead",
        [AgentHealthState.Unreachable] = "unreachable dead    idle     working     working    working    quiet       looping     unreachable unreachable unreachable unreachable unreachable",
        [AgentHealthState.PropulsionFailure] = "working     propulsion propulsion propulsion propulsion propulsion propulsion propulsion propulsion propulsion idle        propulsion  idle",
    };

    public static TheoryData<AgentHealthState, int> All()
    {
        var all = new TheoryData<AgentHealthState, int>();
        foreach (var state in Enum.GetValues<AgentHealthState>())
            for (var i = 0; i < Signals.Length; i++) all.Add(state, i);
        return all;
    }

    [Theory, MemberData(nameof(All))]
    public void Every_signal_in_every_state_leads_where_the_table_says(AgentHealthState state, int signal)
    {
        var s = In(state);
        Assert.Equal(state, At(s, 0));
        Signals[signal].Apply(s);
        var expected = Table[state].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Signals.Length, expected.Length);
        Assert.Equal($"{Signals[signal].Name} → {expected[signal]}", $"{Signals[signal].Name} → {Word(At(s, 0))}");
    }

    [Fact]
    public void Time_alone_changes_what_it_may_change()
    {
        string[] expected = [.. Enum.GetValues<AgentHealthState>().Select(state =>
        {
            var s = In(state);
            if (s.SessionAlive) s.NodeAt = T.AddHours(1).AddSeconds(-5);
            return $"{Word(state)} → {Word(At(s, 3_600))}";
        })];
        Assert.Equal(
            ["idle → idle", "working → quiet", "quiet → quiet", "nudged → nudged", "stuck → stuck", "looping → looping", "zombie → zombie", "dead → dead", "unreachable → quiet", "propulsion → propulsion"],
            expected);
    }

    [Fact]
    public void Whatever_is_not_seen_is_not_called_dead()
    {
        foreach (var state in Enum.GetValues<AgentHealthState>().Where(s => In(s) is { HasLease: true, SessionAlive: true })) Assert.Equal(AgentHealthState.Unreachable, At(In(state), 3_600));
    }

    static string Word(AgentHealthState state) => state == AgentHealthState.PropulsionFailure ? "propulsion" : state.ToString().ToLowerInvariant();
}
