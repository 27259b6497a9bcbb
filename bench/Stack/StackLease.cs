using ClaudeManage.Client;

namespace ClaudeManage.Bench;

/// <summary>
/// claim → renew → done by eight clients through the gateway on PostgreSQL, against 1/(h + q): h is the time of three requests through the same gateway
/// to an endpoint of Hook that does nothing (renewing no lease), q that of the same rows written by raw Npgsql in the same three commits on
/// the same server; and beside what two queues of Node.js do with theirs there.
/// </summary>
static class StackLease
{
    const int Warm = 50;
    const int Items = 600;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(12);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var town = await context.Stack.TownAsync(1, ct);
        using var work = await LeaseWork.PrepareAsync(town.Client, "lease", Warm, Items, ct);
        await context.Stack.Messages.SettledAsync(ct);
        var (warm, began, use) = (work.Done, context.Clock.GetTimestamp(), SuiteUse.Begin(context, town));
        var measured = await work.RunAsync(Items, Longest, ct);
        await using var closed = ClosedWatch.FromBeginning(town.Client, "lease", ct);
        var all = await closed.CountAsync(work.Done, began, Patience, context.Clock, ct);
        var used = use?.Read();
        var requests = await work.EmptyRequestsPerSecondAsync((worker, token) => worker.RenewMany([]).SendAsync(token), ct);
        await using var sql = await context.Stack.RawSqlAsync(ct);
        return
        [
            LeaseCycle.Row("stack: claim → renew → done, 8 clients", measured, requests, await sql.LeaseCyclesPerSecondAsync(ct), 0.3),
            new BenchRow("stack: the same until each item is seen closed", $"{(work.Done - warm) / all.TotalSeconds:0} /s", $"{work.Done} of {work.Done} done are closed", null, "", null),
            .. used is null ? [] : (BenchRow[])[used.Each("stack: processor time of a cycle, closing included", work.Done - warm)],
            .. await Peers.RowsAsync(context, measured, ct),
        ];
    }
}
