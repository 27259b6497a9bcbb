namespace ClaudeManage.Bench;

/// <summary>
/// create → sling → claim → done → closed seen on the event stream, per second, against 1/(m + c): m is the time in which raw RabbitMQ takes (with confirms) and
/// delivers as many messages as the broker counted for one life, c that in which raw Npgsql commits once for each request and each delivery.
/// </summary>
static class StackLife
{
    const int Requests = 4;
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var town = await context.Stack.TownAsync(1, ct);
        await using var work = await LifeWork.PrepareAsync(town.Client, "life", ct);
        var before = await context.Stack.Messages.SettledAsync(ct);
        var use = SuiteUse.Begin(context, town);
        var lives = await work.RunAsync(Duration, ct);
        var used = use?.Read();
        var after = await context.Stack.Messages.SettledAsync(ct);
        var (published, delivered) = ((double)(after.Published - before.Published) / lives.Count, (double)(after.Acknowledged - before.Acknowledged) / lives.Count);
        var commits = Requests + delivered;

        var messages = await RawRabbitMq.MessagesPerSecondAsync(context.Stack.Servers.RabbitMq, delivered / published, ct);
        await using var sql = await context.Stack.RawSqlAsync(ct);
        var raw = await sql.HandledMessagesPerSecondAsync(ct);
        var bound = 1 / (published / messages + commits / raw);
        var ratio = lives.PerSecond / bound;
        return
        [
            new BenchRow($"stack: create → sling → claim → done → closed seen, {LifeWork.Clients} at once", $"{lives.PerSecond:0.0} /s",
                $"{bound:0.0} /s (a life: {published:0.0} messages, {delivered:0.0} deliveries, {commits:0.0} commits; raw: {messages:0} messages/s, {raw:0} commits/s)", ratio, "≥ 0.25", ratio >= 0.25),
            new BenchRow("stack: one life, p50 and p99", $"{Stats.Percentile(lives.Milliseconds, 50):0} ms, {Stats.Percentile(lives.Milliseconds, 99):0} ms", $"{lives.Count} lives, each seen closed", null, "", null),
            .. used is null ? [] : (BenchRow[])[used.Each("stack: processor time of a life", lives.Count)],
        ];
    }
}
