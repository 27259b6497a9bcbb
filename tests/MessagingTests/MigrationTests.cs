using ClaudeManage.Persistence;
using ClaudeManage.Tests.Servers;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.MessagingTests;

/// <summary>An upgrade of a SQLite file leaves a copy of what was before.</summary>
public sealed class MigrationTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_file_is_copied_aside_before_it_is_upgraded()
    {
        using var scratch = new ScratchDirectory("upgrade");
        var file = Path.Combine(scratch.Path, "kept.db");
        await using var services = new ServiceCollection()
            .AddSingleton(new ModuleDatabase("kept", typeof(KeptDb)))
            // The two migrations are written by hand and have no snapshot.
            .AddDbContext<KeptDb>(o => o.UseSqlite($"Data Source={file};Pooling=false").ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning)))
            .BuildServiceProvider();
        await using (var scope = services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<KeptDb>();
            await db.GetService<IMigrator>().MigrateAsync(FirstMigration.Id, Ct);
            await db.Database.ExecuteSqlAsync($"insert into first (text) values ('kept')", Ct);
        }

        await services.MigrateModulesAsync(Ct);

        var copy = $"{file}.before-{SecondMigration.Id}";
        Assert.Equal("kept", Scalar(copy, "select text from first"));
        Assert.Equal(0L, Scalar(copy, "select count(*) from sqlite_master where name = 'second'"));
        Assert.Equal("kept", Scalar(file, "select text from first"));
        Assert.Equal(1L, Scalar(file, "select count(*) from sqlite_master where name = 'second'"));

        File.Delete(copy);
        await services.MigrateModulesAsync(Ct);
        Assert.False(File.Exists(copy), "nothing was pending, nothing is copied");
    }

    static object? Scalar(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}

public sealed class KeptDb(DbContextOptions<KeptDb> options) : ModuleDbContext(options)
{
    protected override void OnModuleModelCreating(ModelBuilder model) { }
}

[DbContext(typeof(KeptDb)), Migration(Id)]
public sealed class FirstMigration : Migration
{
    public const string Id = "20010101000000_First";

    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("create table first (text text)");
}

[DbContext(typeof(KeptDb)), Migration(Id)]
public sealed class SecondMigration : Migration
{
    public const string Id = "20010102000000_Second";

    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("create table second (text text)");
}
