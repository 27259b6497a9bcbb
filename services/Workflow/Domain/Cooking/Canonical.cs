using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Workflow.Domain.Cooking;

/// <summary>A protomolecule as text: names in order, nothing that says nothing, no white space. The same text on every machine, and so the same id.</summary>
static class Canonical
{
    /// <summary>How steps are kept as text.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        MaxDepth = 256,
    };

    /// <summary>The text.</summary>
    public static string Write(Protomolecule protomolecule)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 }))
            Write(JsonSerializer.SerializeToElement(protomolecule, Options), writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>What was written.</summary>
    public static Protomolecule Read(string json) => JsonSerializer.Deserialize<Protomolecule>(json, Options)!;

    /// <summary><c>sha256:</c> and 64 digits.</summary>
    public static string IdOf(string json) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))}";

    static void Write(JsonElement value, Utf8JsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(property.Value, writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(item, writer);
                writer.WriteEndArray();
                break;
            default: value.WriteTo(writer); break;
        }
    }
}
