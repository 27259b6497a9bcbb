using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Persistence;
using ClaudeManage.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.UpgradeTests;

/// <summary>
/// A database that any earlier version left, with rows in every table, is brought up to date by today's code: every module, both databases,
/// every migration there ever was. New migrations are covered by being there.
/// </summary>
public sealed class UpgradeTests
{
    const int Rows = 4;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Every migration but the newest, of every module.</summary>
    public static async Task<IEnumerable<TheoryDataRow<string, DatabaseProvider, string>>> Earlier() =>
        (await AllAsync()).SelectMany(m => m.Migrations.SkipLast(1).Select(id => new TheoryDataRow<string, DatabaseProvider, string>(m.Module, m.Provider, id)));

    /// <summary>Every module, on both databases.</summary>
    public static IEnumerable<TheoryDataRow<string, DatabaseProvider>> Each() =>
        from module in ModuleDatabases.Modules
        from provider in Enum.GetValues<DatabaseProvider>()
        select new TheoryDataRow<string, DatabaseProvider>(module, provider);

    [Theory, MemberData(nameof(Earlier))]
    public async Task A_filled_database_of_an_earlier_version_is_upgraded_and_read(string module, DatabaseProvider provider, string migration)
    {
        await using var database = await ModuleDatabases.CreateAsync(module, provider, Ct);
        await database.MigrateToAsync(migration, Ct);
        var before = await Schema.ReadAsync(database.Db, Ct);
        Assert.True(before.Count >= 4, "outbox, inbox, dead letters and idempotency are in every module");
        await Schema.FillAsync(database.Db, before, 1, Rows, Ct);
        var rows = await DumpsAsync(database, before);
        Assert.All(rows, table => Assert.True(table.Value.Count == Rows, table.Key));

        await database.UpgradeAsync(Ct);

        Assert.Empty(await database.Db.Database.GetPendingMigrationsAsync(Ct));
        var after = await Schema.ReadAsync(database.Db, Ct);
        var gone = before.SelectMany(t => t.Columns.Select(c => (Table: t.Name, Column: c.Name))).Except(after.SelectMany(t => t.Columns.Select(c => (Table: t.Name, Column: c.Name))));
        Assert.True(!gone.Any(), $"A column that is gone breaks the version that runs beside the new one: {string.Join(", ", gone)}");
        await AssertSameAsync(database, before, rows);
        Assert.Equal(Rows, await ReadEverythingAsync(database.Db, before));
    }

    [Theory, MemberData(nameof(Earlier))]
    public async Task The_earlier_version_still_writes_to_the_upgraded_database(string module, DatabaseProvider provider, string migration)
    {
        await using var database = await ModuleDatabases.CreateAsync(module, provider, Ct);
        await database.MigrateToAsync(migration, Ct);
        var known = await Schema.ReadAsync(database.Db, Ct);

        await database.UpgradeAsync(Ct);
        await Schema.FillAsync(database.Db, known, 1, Rows, Ct);

        Assert.Equal(Rows, await ReadEverythingAsync(database.Db, known));
    }

    [Theory, MemberData(nameof(Each))]
    public async Task A_second_upgrade_changes_nothing(string module, DatabaseProvider provider)
    {
        await using var database = await ModuleDatabases.CreateAsync(module, provider, Ct);
        await database.UpgradeAsync(Ct);
        var tables = await Schema.ReadAsync(database.Db, Ct);
        await Schema.FillAsync(database.Db, tables, 1, Rows, Ct);
        var rows = await DumpsAsync(database, tables);

        await database.UpgradeAsync(Ct);

        await AssertSameAsync(database, tables, rows);
        Assert.Equal(Rows, await ReadEverythingAsync(database.Db, tables));
    }

    [Fact]
    public async Task A_migration_that_was_handed_out_is_never_edited()
    {
        var lines = new List<string>();
        foreach (var (module, provider, migrations) in await AllAsync())
            for (var i = 0; i < migrations.Count; i++)
            {
                var sql = await ModuleDatabases.ScriptAsync(module, provider, i == 0 ? "0" : migrations[i - 1], migrations[i]);
                lines.Add($"{module} {provider} {migrations[i]} {Hash(sql)}");
            }
        Approved.Verify("migrations.txt", string.Join('\n', lines));
    }

    [Fact]
    public async Task Both_databases_have_the_same_migrations()
    {
        foreach (var module in ModuleDatabases.Modules)
        {
            var names = new List<IEnumerable<string>>();
            foreach (var provider in Enum.GetValues<DatabaseProvider>())
                names.Add((await ModuleDatabases.MigrationsAsync(module, provider)).Select(id => id[(id.IndexOf('_') + 1)..]));
            Assert.Equal(names[0], names[1]);
        }
    }

    static async Task<List<(string Module, DatabaseProvider Provider, IReadOnlyList<string> Migrations)>> AllAsync()
    {
        var all = new List<(string, DatabaseProvider, IReadOnlyList<string>)>();
        foreach (var module in ModuleDatabases.Modules)
            foreach (var provider in Enum.GetValues<DatabaseProvider>())
                all.Add((module, provider, await ModuleDatabases.MigrationsAsync(module, provider)));
        return all;
    }

    static async Task<Dictionary<string, IReadOnlyList<string>>> DumpsAsync(ModuleDatabases database, IReadOnlyList<Table> tables)
    {
        var dumps = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var table in tables) dumps[table.Name] = await Schema.DumpAsync(database.Db, table, Ct);
        return dumps;
    }

    static async Task AssertSameAsync(ModuleDatabases database, IReadOnlyList<Table> tables, Dictionary<string, IReadOnlyList<string>> rows)
    {
        foreach (var (table, now) in await DumpsAsync(database, tables))
            Assert.True(rows[table].SequenceEqual(now), $"{table} changed:\n{string.Join('\n', rows[table].Except(now).Select(r => "- " + r).Concat(now.Except(rows[table]).Select(r => "+ " + r)))}");
    }

    /// <summary>Every row of every table through the model of today; the smallest number of rows that one had.</summary>
    /// <summary>Reads every row with today's model; the fewest rows of a table that was filled.</summary>
    static async Task<int> ReadEverythingAsync(ModuleDbContext db, IReadOnlyList<Table> filled)
    {
        db.ChangeTracker.Clear();
        var least = int.MaxValue;
        foreach (var entity in db.Model.GetEntityTypes().Where(e => !e.IsOwned()))
        {
            var read = typeof(UpgradeTests).GetMethod(nameof(CountAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(entity.ClrType);
            var rows = await (Task<int>)read.Invoke(null, [db])!;
            // A table that came later has none.
            if (filled.Any(t => t.Name == entity.GetTableName())) least = Math.Min(least, rows);
        }
        return least;
    }

    static async Task<int> CountAsync<T>(ModuleDbContext db) where T : class => (await db.Set<T>().AsNoTracking().ToListAsync(Ct)).Count;

    static string Hash(string sql) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql.ReplaceLineEndings("\n"))))[..16];
}
