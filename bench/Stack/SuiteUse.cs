using System.Globalization;

namespace ClaudeManage.Bench;

/// <summary>What a stretch of time cost, or holds: a sum, and whose it is.</summary>
sealed record Use(double Sum, int Processes, string Parts);

/// <summary>
/// Processor time and memory of the suite's processes (services, gateway, node, keeper) and of its private servers, from one moment to another.
/// Empty where the system does not tell (<see cref="ProcessTree"/> reads Linux).
/// </summary>
sealed class SuiteUse
{
    readonly BenchTown _town;
    readonly BenchServers _servers;
    readonly TimeProvider _clock;
    readonly long _began;
    readonly Moment _then;

    SuiteUse(BenchTown town, BenchServers servers, TimeProvider clock)
    {
        (_town, _servers, _clock, _began) = (town, servers, clock, clock.GetTimestamp());
        _then = Now();
    }

    /// <summary>Seconds since it began.</summary>
    public double Seconds => _clock.GetElapsedTime(_began).TotalSeconds;

    /// <summary>From now on; null where nothing can be told.</summary>
    public static SuiteUse? Begin(BenchContext context, BenchTown town) => OperatingSystem.IsLinux() ? new SuiteUse(town, context.Stack.Servers, context.Clock) : null;

    /// <summary>What was used up to now.</summary>
    public SuiteUsed Read()
    {
        var (seconds, now) = (Seconds, Now());
        return new SuiteUsed(seconds, Cpu(_then.Suite, now.Suite), Cpu(_then.Servers, now.Servers), Memory(now.Suite), Memory(now.Servers));
    }

    Moment Now() => OperatingSystem.IsLinux() ? new Moment(ProcessTree.Of([_town.ProcessId]), ProcessTree.Of(_servers.Roots().Values)) : new Moment([], []);

    static Use Cpu(IReadOnlyList<ProcessSample> then, IReadOnlyList<ProcessSample> now) => Of(now, p => p.Sum(x => x.Cpu.TotalSeconds) - then.Where(t => t.Name == p.Key).Sum(t => t.Cpu.TotalSeconds), "0.00");

    static Use Memory(IReadOnlyList<ProcessSample> now) => Of(now, p => p.Sum(x => x.MiB), "0");

    static Use Of(IReadOnlyList<ProcessSample> processes, Func<IGrouping<string, ProcessSample>, double> of, string format)
    {
        var parts = processes.GroupBy(p => p.Name).Select(p => (p.Key, Value: of(p))).OrderByDescending(p => p.Value).ToList();
        return new Use(parts.Sum(p => p.Value), processes.Count, string.Join(", ", parts.Select(p => (p.Key, Text: p.Value.ToString(format, CultureInfo.InvariantCulture))).Where(p => p.Text != 0.0.ToString(format, CultureInfo.InvariantCulture)).Select(p => $"{p.Key} {p.Text}")));
    }

    sealed record Moment(IReadOnlyList<ProcessSample> Suite, IReadOnlyList<ProcessSample> Servers);
}

/// <summary>What the suite and its private servers have used.</summary>
/// <param name="Seconds">How long that took.</param>
/// <param name="SuiteCpu">Seconds of a core.</param>
/// <param name="SuiteMemory">MiB at the end.</param>
sealed record SuiteUsed(double Seconds, Use SuiteCpu, Use ServersCpu, Use SuiteMemory, Use ServersMemory)
{
    /// <summary>A row of processor time for each of <paramref name="count"/>: unlike a rate it hardly changes when others use the machine too.</summary>
    public BenchRow Each(string what, int count) => new(what, $"{SuiteCpu.Sum / count * 1_000:0.0} ms", $"servers {ServersCpu.Sum / count * 1_000:0.0} ms; in {Seconds:0} s of {count}: {SuiteCpu.Parts}, {ServersCpu.Parts}", null, "", null);
}
