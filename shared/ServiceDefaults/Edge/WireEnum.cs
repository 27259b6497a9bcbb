using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// An enum in a query string, by the name it has in JSON (<c>in_progress</c>). Bind it as a parameter of an endpoint handler; a name that
/// does not exist is refused with the list of those that do.
/// </summary>
public readonly record struct WireEnum<T>(T Value) : IParsable<WireEnum<T>> where T : struct, Enum
{
    static readonly IReadOnlyDictionary<string, T> Names = Enum.GetValues<T>().ToDictionary(v => JsonSerializer.Serialize(v).Trim('"'));

    /// <inheritdoc />
    public override string ToString() => JsonSerializer.Serialize(Value).Trim('"');

    /// <inheritdoc />
    public static WireEnum<T> Parse(string s, IFormatProvider? provider) => Names.TryGetValue(s, out var value) ? new WireEnum<T>(value)
        : throw Refusal.Invalid($"/{char.ToLowerInvariant(typeof(T).Name[0])}{typeof(T).Name[1..]}", $"'{s}' is none of {string.Join(", ", Names.Keys)}.").AsException();

    /// <inheritdoc />
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WireEnum<T> result)
    {
        if (string.IsNullOrEmpty(s))
        {
            result = default;
            return false;
        }
        result = Parse(s, provider);
        return true;
    }
}
