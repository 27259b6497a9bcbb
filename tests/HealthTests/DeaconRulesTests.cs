using ClaudeManage.Contracts.Suite;
using ClaudeManage.Health.Domain;

namespace ClaudeManage.HealthTests;

/// <summary>Who is late, when those who should have spoken, or the deacon itself, have only just begun.</summary>
public sealed class DeaconRulesTests
{
    static readonly DateTimeOffset Noon = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    static readonly DeaconLimits Limits = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(120), 1, 1_000);
    static readonly TimeSpan NodeSilent = TimeSpan.FromSeconds(60);

    static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);

    /// <summary>Told at a second after noon, by a process that began at another.</summary>
    static ModulePulse Hook(double at, double began, params RoleBeat[] roles) => new("hook", $"a:{began}", At(at), At(at + 120), new(0, 0, 0, 1, null, []), roles, At(began));

    static RoleBeat Dispatcher(double at) => new("dispatcher", At(at), At(at + 15));

    static IReadOnlyList<string> Causes(DeaconReport report) => [.. report.Findings.Select(f => f.Cause)];

    [Theory, InlineData(30, false), InlineData(60, false), InlineData(61, true)]
    public void The_dispatcher_of_a_Hook_that_has_just_begun_has_its_time_from_then_on(double age, bool late)
    {
        // The last word of the one before it is young enough to count; the new one began 100 s later and has told of no role yet.
        var pulses = new[] { Hook(0, -1_000, Dispatcher(0)), Hook(100 + age, 100) };
        var report = DeaconRules.Look(new(pulses, [], [], NodeSilent, At(-1_000)), Limits, At(100 + age));
        Assert.Equal(late ? ["deacon:role:dispatcher"] : [], Causes(report));
    }

    [Theory, InlineData(30, false), InlineData(60, false), InlineData(61, true)]
    public void A_deacon_that_has_just_begun_calls_nobody_late_for_what_it_could_not_hear(double age, bool late)
    {
        // The town was off for the night.
        var view = new DeaconView([Hook(-30_000, -40_000, Dispatcher(-30_000))], [new("n1", At(-30_000), false, 1)], [new("shop/witness", At(-29_000))], NodeSilent, Noon);
        var report = DeaconRules.Look(view, Limits, At(age));
        Assert.Equal(late ? ["deacon:service:hook", "deacon:node:n1", "deacon:witness:shop/witness"] : [], Causes(report));
        Assert.Contains("hook: silent, so its queues, disk and roles are not known", report.Missed);
    }

    [Fact]
    public void A_role_is_late_under_a_deacon_that_has_just_begun_only_when_it_had_time_to_come_round()
    {
        // Of a Hook that went on meanwhile.
        DeaconReport Look(double age) => DeaconRules.Look(new([Hook(age, -1_000, Dispatcher(-500))], [], [], NodeSilent, Noon), Limits, At(age));
        Assert.Empty(Causes(Look(60)));
        Assert.Equal(["deacon:role:dispatcher"], Causes(Look(61)));
    }
}
