namespace ClaudeManage.Bench;

/// <summary>
/// What the idle suite costs: processor time and memory of the services, gateway, node and keeper together, and of the private servers beside them.
/// <c>BENCH_IDLE_SECONDS</c>, default 60; the target is meant for 300.
/// </summary>
static class StackIdle
{
    static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var town = await context.Stack.TownAsync(1, ct);
        await Task.Delay(Settle, context.Clock, ct);
        if (SuiteUse.Begin(context, town) is not { } use) return [new BenchRow("stack, idle", "", "not measured: only Linux tells a process's children and shares", null, "< 2 %", null)];
        await Task.Delay(TimeSpan.FromSeconds(Idle.Seconds), context.Clock, ct);
        var used = use.Read();
        return
        [
            .. Rows("services, gateway, node, keeper", used.SuiteCpu, used.SuiteMemory, used.Seconds, "< 2 %"),
            .. used.ServersCpu.Processes == 0 ? [new BenchRow("stack, idle: PostgreSQL and RabbitMQ", "", "not measured: they were given", null, "", null)]
                : Rows("PostgreSQL and RabbitMQ", used.ServersCpu, used.ServersMemory, used.Seconds, ""),
        ];
    }

    static BenchRow[] Rows(string what, Use cpu, Use memory, double seconds, string target)
    {
        var share = cpu.Sum / seconds * 100;
        return
        [
            new BenchRow($"stack, idle: {what}, processor over {seconds:0} s", $"{share:0.00} % of a core", $"seconds: {cpu.Parts}", null, target, target.Length == 0 ? null : share < 2),
            new BenchRow($"stack, idle: {what}, memory ({memory.Processes} processes)", $"{memory.Sum:0} MiB", memory.Parts, null, "", null),
        ];
    }
}
