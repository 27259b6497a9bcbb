using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClaudeManage.Contracts;

/// <summary>Enums travel as <c>snake_case</c> text everywhere: API, bus, database. Numbers are refused.</summary>
public sealed class SnakeCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>For the enums whose public names are <c>kebab-case</c>, as in Beads files.</summary>
public sealed class KebabCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
