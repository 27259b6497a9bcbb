namespace ClaudeManage.Bench;

/// <summary>
/// What the idle suite costs: processor time and memory of the services, gateway, node and keeper together, and of the private servers beside them.
/// In the first <c>BENCH_IDLE_SECONDS</c> (default 300), in which .NET compiles once more what has run often,
/// and in a minute after that.
/// </summary>
static class StackIdle
{
    static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(60);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var town = await context.Stack.TownAsync(1, ct);
        await Task.Delay(Settle, context.Clock, ct);
        if (await UsedAsync(context, town, TimeSpan.FromSeconds(Idle.Seconds), ct) is not { } first || await UsedAsync(context, town, Afterwards, ct) is not { } then)
            return [new BenchRow("stack, idle", "", "not measured: only Linux tells a process's children and shares", null, "< 2 %", null)];
        const string suite = "services, gateway, node, keeper", servers = "PostgreSQL and RabbitMQ";
        return
        [
            Cpu(suite, first.SuiteCpu, first.Seconds, "over", "< 2 %"), Cpu(suite, then.SuiteCpu, then.Seconds, "then over", "< 2 %"), Memory(suite, then.SuiteMemory),
            .. then.ServersCpu.Processes == 0 ? [new BenchRow($"stack, idle: {servers}", "", "not measured: they were given", null, "", null)]
                : (BenchRow[])[Cpu(servers, then.ServersCpu, then.Seconds, "then over", ""), Memory(servers, then.ServersMemory)],
        ];
    }

    static async Task<SuiteUsed?> UsedAsync(BenchContext context, BenchTown town, TimeSpan time, CancellationToken ct)
    {
        if (SuiteUse.Begin(context, town) is not { } use) return null;
        await Task.Delay(time, context.Clock, ct);
        return use.Read();
    }

    static BenchRow Cpu(string what, Use cpu, double seconds, string when, string target)
    {
        var share = cpu.Sum / seconds * 100;
        return new BenchRow($"stack, idle: {what}, processor {when} {seconds:0} s", $"{share:0.00} % of a core", $"seconds: {cpu.Parts}", null, target, target.Length == 0 ? null : share < 2);
    }

    static BenchRow Memory(string what, Use memory) => new($"stack, idle: {what}, memory ({memory.Processes} processes)", $"{memory.Sum:0} MiB", memory.Parts, null, "", null);
}
