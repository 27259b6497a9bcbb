using System.Text.Json;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>Why a text cannot be kept by every database.</summary>
public enum TextFault
{
    /// <summary>It holds a NUL character.</summary>
    Nul,

    /// <summary>It holds half of a surrogate pair, which is seen only when the escapes are decoded.</summary>
    HalfPair,
}

/// <summary>Looks through all texts of a JSON document, names of fields included.</summary>
public static class JsonTexts
{
    /// <summary>The first fault met; null when every text can be kept.</summary>
    public static TextFault? Fault(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Select(p => Fault(() => p.Name) ?? Fault(p.Value)).FirstOrDefault(f => f is not null),
        JsonValueKind.Array => value.EnumerateArray().Select(Fault).FirstOrDefault(f => f is not null),
        JsonValueKind.String => Fault(() => value.GetString()!),
        _ => null,
    };

    static TextFault? Fault(Func<string> text)
    {
        try { return text().Contains('\0') ? TextFault.Nul : null; }
        catch (InvalidOperationException) { return TextFault.HalfPair; }
    }
}
