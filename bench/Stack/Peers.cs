using System.Globalization;
using System.Text.Json;
using ClaudeManage.Git;
using Npgsql;

namespace ClaudeManage.Bench;

/// <summary>
/// Two queues of Node.js on the same PostgreSQL server, eight jobs in hand, one job at a time: pg-boss by fetch and complete, graphile-worker by its own runner.
/// They write a job in two commits straight to the database; leases, fences, renewal, a trail and HTTP they do not have.
/// </summary>
static class Peers
{
    const int Warm = 100;
    const int Jobs = 1_000;
    const int Seconds = 5;

    static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string> { ["pg-boss"] = "fetch + complete", ["graphile-worker"] = "runner, concurrency 8, no local queue" };

    /// <summary>A row for each: the suite's rate over the peer's.</summary>
    public static async Task<IReadOnlyList<BenchRow>> RowsAsync(BenchContext context, double measured, CancellationToken ct)
    {
        var processes = new ProcessRunner(context.Clock);
        var directory = Path.Combine(AppContext.BaseDirectory, "peers");
        if (await MissingAsync(processes, directory, ct) is { } missing) return [.. All.Keys.Select(peer => new BenchRow($"stack: the same beside {peer}", $"{measured:0} /s", missing, null, "> 1", null))];
        var rows = new List<BenchRow>();
        foreach (var (peer, does) in All)
        {
            var database = new NpgsqlConnectionStringBuilder(await context.Stack.DatabaseAsync("peers", ct));
            var url = $"postgres://{Uri.EscapeDataString(database.Username!)}:{Uri.EscapeDataString(database.Password ?? "")}@{database.Host}:{database.Port}/{database.Database}";
            var result = await processes.RunAsync(new ProcessSpec("node", [$"{peer}.mjs", url, .. new[] { LeaseWork.Clients, Warm, Jobs, Seconds }.Select(n => n.ToString(CultureInfo.InvariantCulture))]) { WorkingDirectory = directory }, ct);
            if (!result.Ok) throw new InvalidOperationException($"{peer} could not be measured: {result.StdErr}");
            var told = JsonElement.Parse(result.StdOut);
            var rate = told.GetProperty("perSecond").GetDouble();
            rows.Add(new BenchRow($"stack: the same beside {peer}", $"{measured:0} /s", $"{rate:0} /s ({peer} {told.GetProperty("version")}: {does}, {told.GetProperty("done")} jobs)", measured / rate, "> 1", measured > rate));
        }
        return rows;
    }

    /// <summary>Installs them as the lock file says; why they cannot be measured, in a sentence.</summary>
    static async Task<string?> MissingAsync(ProcessRunner processes, string directory, CancellationToken ct)
    {
        if (!(await processes.RunAsync(new ProcessSpec("npm", ["--version"]), ct)).Ok) return "not measured: there is no npm";
        var installed = new FileInfo(Path.Combine(directory, "node_modules", ".package-lock.json"));
        if (installed.Exists && installed.LastWriteTimeUtc > File.GetLastWriteTimeUtc(Path.Combine(directory, "package-lock.json"))) return null;
        Console.Error.WriteLine($"  installing {string.Join(" and ", All.Keys)} …");
        var result = await processes.RunAsync(new ProcessSpec("npm", ["ci", "--no-audit", "--no-fund"]) { WorkingDirectory = directory }, ct);
        return result.Ok ? null : $"not measured: npm could not install it ({result.StdErr.Trim().Split('\n')[0]})";
    }
}
