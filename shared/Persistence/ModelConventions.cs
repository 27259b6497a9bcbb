using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ClaudeManage.Persistence;

/// <summary>snake_case names, enums as snake_case text, instants in whole microseconds, the same on both databases.</summary>
static class ModelConventions
{
    public static void Apply(ModelBuilder model, bool sqlite)
    {
        foreach (var entity in model.Model.GetEntityTypes())
        {
            if (entity.GetTableName() is { } table) entity.SetTableName(SnakeCase.Of(table));
            foreach (var key in entity.GetKeys()) if (key.GetName() is { } name) key.SetName(SnakeCase.Of(name));
            foreach (var key in entity.GetForeignKeys()) if (key.GetConstraintName() is { } name) key.SetConstraintName(SnakeCase.Of(name));
            foreach (var index in entity.GetIndexes()) if (index.GetDatabaseName() is { } name) index.SetDatabaseName(SnakeCase.Of(name));
            if (!entity.IsMappedToJson()) Apply(entity, sqlite);
        }
    }

    static void Apply(IMutableTypeBase type, bool sqlite)
    {
        foreach (var property in type.GetProperties())
        {
            property.SetColumnName(SnakeCase.Of(property.GetColumnName()));
            if (property.GetValueConverter() is not null) continue;
            var clr = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
            if (clr.IsEnum) property.SetValueConverter((ValueConverter)Activator.CreateInstance(typeof(EnumText<>).MakeGenericType(clr))!);
            else if (clr == typeof(DateTimeOffset)) property.SetValueConverter(sqlite ? Instants.AsMicroseconds : Instants.Truncated);
        }
        foreach (var complex in type.GetComplexProperties()) Apply(complex.ComplexType, sqlite);
    }
}

static class Instants
{
    // INTEGER sorts and compares in SQL; SQLite's own text form of a DateTimeOffset does neither.
    public static readonly ValueConverter AsMicroseconds = new ValueConverter<DateTimeOffset, long>(
        at => ToMicroseconds(at), us => FromMicroseconds(us));

    // timestamptz keeps microseconds and, through Npgsql, UTC only.
    public static readonly ValueConverter Truncated = new ValueConverter<DateTimeOffset, DateTimeOffset>(
        at => FromMicroseconds(ToMicroseconds(at)), at => at);

    public static long ToMicroseconds(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    public static DateTimeOffset FromMicroseconds(long us) => DateTimeOffset.UnixEpoch.AddTicks(us * TimeSpan.TicksPerMicrosecond);
}

sealed class EnumText<TEnum>() : ValueConverter<TEnum, string>(value => ToText[value], text => FromText[text]) where TEnum : struct, Enum
{
    static readonly Dictionary<TEnum, string> ToText = Enum.GetValues<TEnum>().Distinct().ToDictionary(x => x, x => SnakeCase.Of(x.ToString()));
    static readonly Dictionary<string, TEnum> FromText = ToText.ToDictionary(x => x.Value, x => x.Key);
}

/// <summary><c>WorkItemId</c> → <c>work_item_id</c>, <c>PK_Items</c> → <c>pk_items</c>.</summary>
public static class SnakeCase
{
    public static string Of(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            var startsWord = char.IsUpper(c) && i > 0 && name[i - 1] != '_'
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}
