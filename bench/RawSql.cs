using System.Data.Common;

namespace ClaudeManage.Bench;

/// <summary>
/// The rows that the suite writes, written by prepared SQL on open connections in as many commits: no indexes beyond the keys, no reads, no
/// mapping, nobody to tell. The same statements on SQLite and PostgreSQL.
/// </summary>
sealed class RawSql : IAsyncDisposable
{
    const int Rows = 20_000;
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Measured = TimeSpan.FromSeconds(4);
    static readonly string Message = new('x', 2_000);
    static readonly string DueMessage = new('x', 800);

    readonly List<Session> _sessions = [];
    int _next;

    /// <summary>Makes the tables and opens a connection for each client.</summary>
    /// <param name="identity">How the database declares a growing key.</param>
    public static async Task<RawSql> OpenAsync(Func<CancellationToken, Task<DbConnection>> connect, string identity, int clients, CancellationToken ct)
    {
        var sql = new RawSql();
        for (var i = 0; i < clients; i++)
        {
            var connection = await connect(ct);
            if (i == 0) await MakeTablesAsync(connection, identity, ct);
            sql._sessions.Add(new Session(connection));
        }
        return sql;
    }

    /// <summary>Three commits a cycle: claim (assignment, fence, a message for now and one for later), renew (assignment), done (assignment, one message).</summary>
    public Task<double> LeaseCyclesPerSecondAsync(CancellationToken ct) => RateAsync(async (session, n, token) =>
    {
        var id = $"{n % Rows + 1}";
        await session.CommitAsync(async s => { await s.AssignAsync("leased", n, id); await s.FenceAsync(id); await s.SendAsync(id, 0, Message); await s.SendAsync(id, n, DueMessage); }, token);
        await session.CommitAsync(s => s.AssignAsync("leased", n + 1, id), token);
        await session.CommitAsync(async s => { await s.AssignAsync("completed", n, id); await s.SendAsync(id, 0, Message); }, token);
    }, ct);

    /// <summary>One commit for a message that is handled: its inbox row and the row it changes.</summary>
    public Task<double> HandledMessagesPerSecondAsync(CancellationToken ct) =>
        RateAsync((session, n, token) => session.CommitAsync(async s => { await s.ReceiveAsync(Guid.NewGuid().ToString(), "raw"); await s.AssignAsync("seen", n, $"{n % Rows + 1}"); }, token), ct);

    async Task<double> RateAsync(Func<Session, int, CancellationToken, Task> work, CancellationToken ct)
    {
        await Stats.RateAsync(_sessions.Count, OneAsync, WarmUp, ct);
        return await Stats.RateAsync(_sessions.Count, OneAsync, Measured, ct);

        async Task<bool> OneAsync(int client, CancellationToken token)
        {
            await work(_sessions[client], Interlocked.Increment(ref _next), token);
            return true;
        }
    }

    static async Task MakeTablesAsync(DbConnection connection, string identity, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            create table a(id text primary key, state text, holder text, until bigint, body text);
            create table f(id text primary key, fence bigint);
            create table o(id {identity}, mid text, due bigint, body text);
            create index od on o(due, id);
            create table i(mid text, consumer text, at bigint, primary key (mid, consumer));
            with recursive n(value) as (select 1 union all select value + 1 from n where value < {Rows})
            insert into a select cast(value as text), 'queued', null, 0, '{DueMessage}' from n;
            """;
        await command.ExecuteNonQueryAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions) await session.DisposeAsync();
    }

    /// <summary>One connection and its statements.</summary>
    sealed class Session(DbConnection connection) : IAsyncDisposable
    {
        readonly DbCommand _assign = Command(connection, "update a set state = @p0, holder = 'w', until = @p1 where id = @p2", 3);
        readonly DbCommand _fence = Command(connection, "insert into f(id, fence) values (@p0, 1) on conflict(id) do update set fence = f.fence + 1", 1);
        readonly DbCommand _send = Command(connection, "insert into o(mid, due, body) values (@p0, @p1, @p2)", 3);
        readonly DbCommand _receive = Command(connection, "insert into i(mid, consumer, at) values (@p0, @p1, 0)", 2);
        DbTransaction? _transaction;

        public Task AssignAsync(string state, long until, string id) => RunAsync(_assign, state, until, id);

        public Task FenceAsync(string id) => RunAsync(_fence, id);

        public Task SendAsync(string id, long due, string body) => RunAsync(_send, id, due, body);

        public Task ReceiveAsync(string id, string consumer) => RunAsync(_receive, id, consumer);

        public async Task CommitAsync(Func<Session, Task> work, CancellationToken ct)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            _transaction = transaction;
            await work(this);
            await transaction.CommitAsync(ct);
        }

        async Task RunAsync(DbCommand command, params object[] values)
        {
            for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
            command.Transaction = _transaction;
            await command.PrepareAsync();
            await command.ExecuteNonQueryAsync();
        }

        static DbCommand Command(DbConnection connection, string sql, int parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < parameters; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = $"@p{i}";
                command.Parameters.Add(parameter);
            }
            return command;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var command in new[] { _assign, _fence, _send, _receive }) await command.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
