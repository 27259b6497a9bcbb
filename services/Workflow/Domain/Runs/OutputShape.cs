using System.Text.Json;

namespace ClaudeManage.Workflow.Domain.Runs;

/// <summary>
/// Whether an output has the shape its step asks for: a type by name, or a table of names and types; <c>type</c>, <c>properties</c>,
/// <c>required</c> and <c>items</c> of JSON Schema are understood too.
/// </summary>
static class OutputShape
{
    /// <summary>What is wrong first; null when it fits.</summary>
    public static string? Refuse(JsonElement? schema, JsonElement? output)
    {
        if (schema is not { } wanted) return null;
        return output is { } value ? Refuse(wanted, value, "output") : "the step's output is missing";
    }

    static string? Refuse(JsonElement schema, JsonElement value, string at)
    {
        if (schema.ValueKind == JsonValueKind.String) return IsOf(schema.GetString()!, value) ? null : $"{at} is {Name(value)} and should be {schema.GetString()}";
        if (schema.ValueKind != JsonValueKind.Object) return null;
        var isSchema = schema.TryGetProperty("properties", out var properties) | schema.TryGetProperty("items", out var items)
            | (schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String);
        if (!isSchema) return Object(schema, [.. schema.EnumerateObject().Select(p => p.Name)], value, at);
        if (type.ValueKind == JsonValueKind.String && !IsOf(type.GetString()!, value)) return $"{at} is {Name(value)} and should be {type.GetString()}";
        if (items.ValueKind != JsonValueKind.Undefined && value.ValueKind == JsonValueKind.Array)
            return value.EnumerateArray().Select((v, i) => Refuse(items, v, $"{at}[{i}]")).FirstOrDefault(w => w is not null);
        if (properties.ValueKind != JsonValueKind.Object) return null;
        List<string> required = schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
        return Object(properties, required, value, at);
    }

    static string? Object(JsonElement properties, List<string> required, JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.Object) return $"{at} is {Name(value)} and should be an object";
        foreach (var name in required)
            if (!value.TryGetProperty(name, out _)) return $"{at}.{name} is missing";
        foreach (var property in properties.EnumerateObject())
            if (value.TryGetProperty(property.Name, out var inner) && Refuse(property.Value, inner, $"{at}.{property.Name}") is { } why) return why;
        return null;
    }

    static bool IsOf(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" or "int" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" or "bool" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" or "list" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => true,
    };

    static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
