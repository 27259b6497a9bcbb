using System.Data.Common;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ClaudeManage.UpgradeTests;

/// <summary>A column as the database has it.</summary>
sealed record Column(string Name, string Type, bool Nullable);

/// <summary>A table as the database has it, whatever the model of today says.</summary>
sealed record Table(string Name, IReadOnlyList<Column> Columns);

/// <summary>Reads a database's tables and fills them with rows of its own making, by plain SQL.</summary>
static class Schema
{
    const string History = "__EFMigrationsHistory";

    public static async Task<IReadOnlyList<Table>> ReadAsync(ModuleDbContext db, CancellationToken ct)
    {
        var sql = db.IsSqlite()
            ? $"""select m.name, c.name, c.type, case when c."notnull" = 0 and c.pk = 0 then 1 else 0 end from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name <> '{History}' and m.name not like 'sqlite_%' and m.name not like '__EF%' order by m.name, c.cid"""
            : $"select table_name, column_name, data_type, case when is_nullable = 'YES' then 1 else 0 end from information_schema.columns where table_schema = 'public' and table_name <> '{History}' order by table_name, ordinal_position";
        var rows = await QueryAsync(db, sql, ct);
        return [.. rows.GroupBy(r => (string)r[0]!).Select(t => new Table(t.Key, [.. t.Select(r => new Column((string)r[1]!, ((string)r[2]!).ToLowerInvariant(), Convert.ToInt64(r[3], null) == 1))]))];
    }

    /// <summary>Rows number <paramref name="first"/> to <paramref name="last"/>, distinct in every column, valid for whoever reads them today.</summary>
    public static async Task FillAsync(ModuleDbContext db, IReadOnlyList<Table> tables, int first, int last, CancellationToken ct)
    {
        foreach (var table in tables)
        {
            for (var number = first; number <= last; number++)
            {
                // Every column is filled in some row, and every one that may be empty is empty in another.
                var columns = table.Columns.Where((c, i) => !c.Nullable || (number + i) % 3 != 0).ToList();
                var sql = $"""insert into {Quote(table.Name)} ({string.Join(", ", columns.Select(c => Quote(c.Name)))}) values ({string.Join(", ", columns.Select((_, i) => $"@p{i}"))})""";
                await ExecuteAsync(db, sql, [.. columns.Select(c => Sample.Of(db, table, c, number))], ct);
            }
        }
    }

    /// <summary>The rows of a table as text, sorted, in the given columns.</summary>
    public static async Task<IReadOnlyList<string>> DumpAsync(ModuleDbContext db, Table table, CancellationToken ct) =>
        [.. (await QueryAsync(db, $"select {string.Join(", ", table.Columns.Select(c => Quote(c.Name)))} from {Quote(table.Name)}", ct))
            .Select(r => string.Join(" | ", r.Select((v, i) => $"{table.Columns[i].Name}={Text(v)}"))).Order(StringComparer.Ordinal)];

    public static string Quote(string name) => $"\"{name}\"";

    static string Text(object? value) => value switch
    {
        null => "(null)",
        byte[] bytes => Convert.ToHexString(bytes),
        IFormattable f => f.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    static async Task ExecuteAsync(ModuleDbContext db, string sql, IReadOnlyList<object> values, CancellationToken ct)
    {
        await using var command = await CommandAsync(db, sql, ct);
        for (var i = 0; i < values.Count; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", values[i]);
            command.Parameters.Add(parameter);
        }
        await command.ExecuteNonQueryAsync(ct);
    }

    static async Task<List<object?[]>> QueryAsync(ModuleDbContext db, string sql, CancellationToken ct)
    {
        await using var command = await CommandAsync(db, sql, ct);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<object?[]>();
        while (await reader.ReadAsync(ct)) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        return rows;
    }

    static async Task<DbCommand> CommandAsync(ModuleDbContext db, string sql, CancellationToken ct)
    {
        if (db.Database.GetDbConnection().State != System.Data.ConnectionState.Open) await db.Database.OpenConnectionAsync(ct);
        var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        return command;
    }
}

/// <summary>A value for a column. Where today's model knows the column, one that the model can read.</summary>
static class Sample
{
    static readonly DateTimeOffset Day = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    public static object Of(ModuleDbContext db, Table table, Column column, int number)
    {
        var seed = column.Name.Sum(c => c) % 50;
        var property = db.Model.GetEntityTypes().Where(e => e.GetTableName() == table.Name).SelectMany(e => e.GetProperties()).FirstOrDefault(p => p.GetColumnName() == column.Name);
        if (property is not null && Known(property, number) is { } known) return known;
        if (column.Type is "uuid") return Number(number);
        if (column.Type.StartsWith("timestamp", StringComparison.Ordinal)) return Day.AddSeconds(number * 100 + seed);
        if (column.Type is "boolean") return number % 2 == 0;
        if (column.Type is "integer" or "bigint" or "smallint") return (long)(number * 100 + seed);
        if (column.Type is "real" or "double precision" or "numeric") return number + 0.5;
        if (column.Type is "bytea" or "blob") return new[] { (byte)number };
        return $"{column.Name} {number} ✓ 'quoted'";
    }

    static object? Known(IProperty property, int number)
    {
        var mapping = property.GetTypeMapping();
        var type = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        // What the application sees; the converter makes of it what the database keeps.
        object? value = type.IsEnum ? Enum.GetValues(type).GetValue(number % Enum.GetValues(type).Length)
            : type == typeof(Guid) ? Number(number)
            : type == typeof(DateTimeOffset) ? Day.AddSeconds(number)
            : type == typeof(bool) ? number % 2 == 0
            : type == typeof(decimal) ? number + 0.5m
            : null;
        if (value is not null) return mapping.Converter?.ConvertToProvider(value) ?? Raw(value, property);
        // JSON: a list of nothing, or an object that says nothing.
        if (mapping.Converter?.ProviderClrType != typeof(string) || type == typeof(string)) return null;
        return typeof(System.Collections.IEnumerable).IsAssignableFrom(type) && !IsDictionary(type) ? "[]" : "{}";
    }

    static bool IsDictionary(Type type) =>
        type.GetInterfaces().Append(type).Any(i => i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(IDictionary<,>) || i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)));

    static object Raw(object value, IProperty property) => property.GetColumnType() is not "TEXT" ? value
        : value is Guid id ? id.ToString("D").ToUpperInvariant()
        : value is decimal amount ? amount.ToString(System.Globalization.CultureInfo.InvariantCulture) : value;

    static Guid Number(int number) => new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
}
