namespace ClaudeManage.Git;

/// <summary>How much the processes of this machine have computed.</summary>
public static class ProcessorTime
{
    /// <summary>Clock ticks per second, as the kernel shows them in /proc whatever it uses inside.</summary>
    public const int TicksPerSecond = 100;

    /// <summary>Processor time by session leader, in clock ticks; of those that live. Empty where there is no /proc.</summary>
    public static IReadOnlyDictionary<int, long> BySession() =>
        ProcessTable.All().Where(p => !p.Dead).GroupBy(p => p.Session).ToDictionary(g => g.Key, g => g.Sum(p => p.Ticks));
}
