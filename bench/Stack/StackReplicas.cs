namespace ClaudeManage.Bench;

/// <summary>
/// The lease cycle and the full life with one, two and three replicas of every service, on the same machine: what replicas cost or bring where
/// they share its cores. Compared with one replica.
/// </summary>
static class StackReplicas
{
    static readonly string[] Names = ["one", "two", "three"];
    const int Warm = 50;
    const int Items = 300;
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var measured = new List<(string Name, double Cycles, double Lives)>();
        foreach (var (i, name) in Names.Index())
        {
            var town = await context.Stack.TownAsync(i + 1, ct);
            double cycles;
            using (var work = await LeaseWork.PrepareAsync(town.Client, $"lease-{name}", Warm, Items, ct))
            {
                await context.Stack.Messages.SettledAsync(ct);
                var began = context.Clock.GetTimestamp();
                cycles = await work.RunAsync(Items, Duration, ct);
                await using var closed = ClosedWatch.FromBeginning(town.Client, $"lease-{name}", ct);
                await closed.CountAsync(work.Done, began, Patience, context.Clock, ct);
            }
            await using var lives = await LifeWork.PrepareAsync(town.Client, $"life-{name}", ct);
            await context.Stack.Messages.SettledAsync(ct);
            measured.Add((name, cycles, (await lives.RunAsync(Duration, ct)).PerSecond));
            Console.Error.WriteLine($"  {i + 1} of each: {cycles:0.0} cycles/s, {measured[^1].Lives:0.0} lives/s");
        }
        return [.. Rows("claim → renew → done, 8 clients", "0", m => m.Cycles), .. Rows($"full life, {LifeWork.Clients} at once", "0.0", m => m.Lives)];

        IEnumerable<BenchRow> Rows(string what, string format, Func<(string Name, double Cycles, double Lives), double> of) => measured.Select(m => new BenchRow(
            $"stack: {what}, replicas: {m.Name}", $"{of(m).ToString(format)} /s", $"{of(measured[0]).ToString(format)} /s with one", of(m) / of(measured[0]), "", null));
    }
}
