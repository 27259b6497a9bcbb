using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>JSON as the API speaks it: camelCase, enums as text by their own converters, at most 32 levels deep.</summary>
public static class JsonSettings
{
    /// <summary>Shared, read-only.</summary>
    public static JsonSerializerOptions Web { get; } = Create();

    /// <summary>Takes over these settings.</summary>
    public static void Use(this JsonSerializerOptions target, JsonSerializerOptions source)
    {
        target.PropertyNamingPolicy = source.PropertyNamingPolicy;
        target.MaxDepth = source.MaxDepth;
        target.NumberHandling = source.NumberHandling;
        target.Encoder = source.Encoder;
    }

    static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            MaxDepth = 32,
            NumberHandling = JsonNumberHandling.Strict,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
