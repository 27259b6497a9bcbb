using System.Text;
using System.Text.Json;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>
/// What a step's command gives to later steps: the last line it prints that is a JSON object or array of its own (not indented, and no report of
/// progress), or else its very last line when that is any JSON value.
/// </summary>
/// <param name="Refusal">Why what it printed cannot be taken.</param>
sealed record RunOutput(JsonElement? Value, string? Refusal = null)
{
    /// <summary>Bytes at the end of what it printed in which its output is looked for.</summary>
    public const int Searched = 1 << 20;

    /// <summary>Longest output in bytes, which is what the town takes.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <param name="printed">What it printed, or the end of it.</param>
    public static RunOutput Find(string printed)
    {
        var lines = printed.Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0).Reverse().ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            if ((i > 0 && lines[i][0] is not ('{' or '[')) || Parse(lines[i]) is not { } value) continue;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("cm", out _)) continue;
            var bytes = Encoding.UTF8.GetByteCount(lines[i]);
            return bytes <= MaxBytes ? new(value)
                : new(null, $"Its output, the last line of JSON that it printed, has {bytes} bytes, and at most {MaxBytes} are kept. Put what is long into a file or an artifact and print where it is.");
        }
        return new((JsonElement?)null);
    }

    static JsonElement? Parse(string line)
    {
        try { return JsonElement.Parse(line); }
        catch (JsonException) { return null; }
    }
}
