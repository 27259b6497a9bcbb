using ClaudeManage.Client;
using Microsoft.Data.Sqlite;

namespace ClaudeManage.Bench;

/// <summary>
/// claim → renew → done by eight clients over HTTP, against 1/(h + q): h is the time of three requests to an empty endpoint of the same host
/// behind the same authentication, q that of the same rows written by raw SQL in the same three commits.
/// </summary>
static class LeaseCycle
{
    const int Warm = 500;
    const int Items = 2_000;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(25);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var directory = BenchContext.Scratch();
        await using var town = await context.StartAsync(directory, ct, BenchContext.WithoutLimits);
        using var work = await LeaseWork.PrepareAsync(town.Client, "bench", Warm, Items, ct);
        var measured = await work.RunAsync(Items, Longest, ct);
        var requests = await work.EmptyRequestsPerSecondAsync((worker, token) => worker.Call<object>(HttpMethod.Get, "whoami").SendRawAsync(token), ct);
        // SQLite has one writer, so a second connection would only wait.
        await using var sql = await RawSql.OpenAsync(token => ConnectAsync(Path.Combine(directory, "raw.db"), token), "integer primary key autoincrement", 1, ct);
        return [Row("claim → renew → done, 8 clients", measured, requests, await sql.LeaseCyclesPerSecondAsync(ct), 0.4)];
    }

    /// <summary>A rate beside its bound.</summary>
    public static BenchRow Row(string what, double measured, double requests, double raw, double target)
    {
        var bound = 1 / (3 / requests + 1 / raw);
        return new BenchRow(what, $"{measured:0} /s", $"{bound:0} /s (h: {requests:0} requests/s, q: {raw:0} cycles/s)", measured / bound, $"≥ {target}", measured / bound >= target);
    }

    static async Task<System.Data.Common.DbConnection> ConnectAsync(string file, CancellationToken ct)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        await connection.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode=wal; pragma synchronous=full";
        await command.ExecuteNonQueryAsync(ct);
        return connection;
    }
}
