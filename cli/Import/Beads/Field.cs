using System.Globalization;
using System.Text.Json;

namespace ClaudeManage.Cli.Import.Beads;

/// <summary>
/// Reads fields of either shape: an export leaves out what is empty, a dump has every column, with 0 and 1 for no and yes and times as
/// <c>2026-01-02 03:04:05</c>.
/// </summary>
static class Field
{
    /// <summary>The text, or null when it is missing or empty.</summary>
    public static string? Text(this JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    } : null;

    /// <summary>A whole number, also when it is written as a text.</summary>
    public static int? Number(this JsonElement json, string name) => int.TryParse(json.Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>true, 1 or "1".</summary>
    public static bool Flag(this JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.False && !IsEmpty(value);

    /// <summary>A point in time; null when missing or none.</summary>
    public static DateTimeOffset? Time(this JsonElement json, string name) =>
        DateTimeOffset.TryParse(json.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) && at.Year is >= 1970 and < 2200 ? at : null;

    /// <summary>The objects (or texts) of an embedded list.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>Whether a field says nothing: a dump has every column.</summary>
    public static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => true,
        JsonValueKind.String => value.GetString() is "" or "{}" or "[]" or "null" or "0",
        JsonValueKind.Number => value.TryGetDouble(out var number) && number == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
