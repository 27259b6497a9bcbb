using System.Text.Json;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>What is asked of the JSON that a piece of work hands on to others: everybody who reads it later must be able to.</summary>
public static class OutputInput
{
    const int MaxLength = 256 * 1024, MaxDepth = 16;

    /// <summary>Notes an output that is too long or too deep, or whose texts nothing can keep. Null passes.</summary>
    public static Validation Output(this Validation v, JsonElement? output, string pointer = "/output")
    {
        if (output is not { } value) return v;
        return v.Check(value.GetRawText().Length <= MaxLength, pointer, $"An output is JSON of at most {MaxLength / 1024} KiB; put more into an artifact and name it.")
            .Check(Depth(value) <= MaxDepth, pointer, $"An output is nested at most {MaxDepth} deep.")
            .Check(JsonTexts.Fault(value) is null, pointer, "A text holds no NUL character and no half of a surrogate pair; leave it out.");
    }

    static int Depth(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(p => Depth(p.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };
}
