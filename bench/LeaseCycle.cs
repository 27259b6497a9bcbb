using System.Net.Http.Headers;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using Microsoft.Data.Sqlite;

namespace ClaudeManage.Bench;

/// <summary>
/// claim → renew → done by eight clients over HTTP, against 1/(h + q): h is the time of three requests to an empty endpoint of the same host
/// behind the same authentication, q that of the same rows written by raw SQL in the same three commits.
/// </summary>
static class LeaseCycle
{
    const int Clients = 8;
    const int Warm = 500;
    const int Items = 2_000;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(25);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(BenchContext context, CancellationToken ct)
    {
        var directory = BenchContext.Scratch();
        await using var town = await context.StartAsync(directory, ct, ("Edge__RequestsPerSecond", "100000"), ("Edge__RequestBurst", "100000"));
        await Setup.RigWithQueuedItemsAsync(town.Client, "bench", Warm + Items, ct);
        var workers = new List<TownClient>();
        for (var i = 0; i < Clients; i++)
            workers.Add(new TownClient(town.Client.Address, (await town.Client.CreateToken(new CreateToken($"bench/crew/w{i}", "agent")).SendAsync(ct)).Token));

        var left = Warm;
        await Stats.RateAsync(Clients, Cycle, Longest, ct);
        left = Items;
        var measured = await Stats.RateAsync(Clients, Cycle, Longest, ct);

        using var http = new HttpClient { BaseAddress = town.Client.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", town.Token) } };
        await Stats.RateAsync(Clients, Empty, TimeSpan.FromSeconds(2), ct);
        var requests = await Stats.RateAsync(Clients, Empty, TimeSpan.FromSeconds(4), ct);
        var raw = RawCyclesPerSecond(Path.Combine(directory, "raw.db"));
        var bound = 1 / (3 / requests + 1 / raw);
        foreach (var worker in workers) worker.Dispose();
        return
        [
            new BenchRow("claim → renew → done, 8 clients", $"{measured:0} /s", $"{bound:0} /s (h: {requests:0} requests/s, q: {raw:0} cycles/s)", measured / bound, "≥ 0.4", measured / bound >= 0.4),
        ];

        async Task<bool> Cycle(int client, CancellationToken token)
        {
            if (Interlocked.Decrement(ref left) < 0) return false;
            if (await workers[client].Claim("bench/pool").SendAsync(token) is not { } claim) return false;
            await workers[client].Renew(claim.Lease.Token).SendAsync(token);
            await workers[client].Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed, "measured")).SendAsync(token);
            return true;
        }

        async Task<bool> Empty(int client, CancellationToken token)
        {
            using var answer = await http.GetAsync("whoami", token);
            await answer.Content.ReadAsByteArrayAsync(token);
            return answer.IsSuccessStatusCode;
        }
    }

    /// <summary>Three commits a cycle: claim (assignment, fence, two messages), renew (assignment), done (assignment, one message).</summary>
    static double RawCyclesPerSecond(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        connection.Open();
        Execute("pragma journal_mode=wal; pragma synchronous=full; create table a(id text primary key, state text, holder text, until integer, body text); create table f(id text primary key, fence integer); create table o(id integer primary key autoincrement, mid text, due integer, body text); create index od on o(due, id)");
        Execute("insert into a select printf('%08d', value), 'queued', null, 0, printf('%0800d', value) from (with recursive n(value) as (select 1 union all select value + 1 from n where value < 20000) select value from n)");
        using var assign = Prepare("update a set state = $s, holder = $h, until = $u where id = $i", "$s", "$h", "$u", "$i");
        using var fence = Prepare("insert into f(id, fence) values ($i, 1) on conflict(id) do update set fence = fence + 1", "$i");
        using var message = Prepare("insert into o(mid, due, body) values ($m, $d, $b)", "$m", "$d", "$b");
        var body = new string('x', 2_000);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var n = 0;
        for (; n < 20_000 && watch.Elapsed.TotalSeconds < 4; n++)
        {
            var id = $"{n + 1:00000000}";
            Commit(() => { Run(assign, "leased", "w", n, id); Run(fence, id); Run(message, id, 0, body); Run(message, id, n, body[..800]); });
            Commit(() => Run(assign, "leased", "w", n + 1, id));
            Commit(() => { Run(assign, "completed", "w", n, id); Run(message, id, 0, body); });
        }
        return n / watch.Elapsed.TotalSeconds;

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        SqliteCommand Prepare(string sql, params string[] names)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var name in names) command.Parameters.Add(new SqliteParameter(name, DBNull.Value));
            return command;
        }

        void Run(SqliteCommand command, params object[] values)
        {
            for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
            command.ExecuteNonQuery();
        }

        void Commit(Action work)
        {
            using var transaction = connection.BeginTransaction();
            foreach (var command in new[] { assign, fence, message }) command.Transaction = transaction;
            work();
            transaction.Commit();
        }
    }
}
