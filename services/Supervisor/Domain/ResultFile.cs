using System.Text.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>What a worker wrote to <c>$CM_RESULT_FILE</c>. Whatever it wrote, reading it never fails.</summary>
sealed record ResultFile(
    CompletionOutcome? Outcome = null,
    string? Summary = null,
    string? Reason = null,
    IReadOnlyList<Artifact>? Artifacts = null,
    HandoffContext? Handoff = null,
    Usage? Usage = null)
{
    /// <summary>Bytes that are read of it.</summary>
    public const int MaxBytes = 1 << 20;

    const int MaxText = 32 * 1024;
    const int MaxList = 100;

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { MaxDepth = 32 };

    /// <summary>A JSON object is read field by field, a field of the wrong kind is passed over; any other text is the reason.</summary>
    public static ResultFile? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
                return new(
                    Read<CompletionOutcome?>(root, "outcome"), Text(root, "summary"), Text(root, "reason") ?? Text(root, "output"),
                    Read<List<Artifact>>(root, "artifacts")?.Where(a => a is { Kind: not null, Uri: not null }).Take(MaxList).ToList(),
                    Context(root), Read<Usage>(root, "usage") is { } usage && Budget.IsPossible(usage) ? usage : null);
        }
        catch (JsonException) { /* plain text, then */ }
        return new(Reason: Cut(text.Trim()));
    }

    static HandoffContext? Context(JsonElement root) => Text(root, "handoff") is { } words ? new(Summary: words)
        : Read<HandoffContext>(root, "handoff") is not { } c ? null
        : new(Cut(c.Summary), Cut(c.Done), Cut(c.Next), Cut(c.Files), Cut(c.OpenQuestions), Cut(c.Notes));

    static T? Read<T>(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return default;
        try { return value.Deserialize<T>(Json); }
        catch (JsonException) { return default; }
    }

    static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString())
            ? Cut(value.GetString()) : null;

    static string? Cut(string? text) => text is { Length: > MaxText } ? text[..MaxText] : text;

    static IReadOnlyList<string>? Cut(IReadOnlyList<string>? list) =>
        list is null ? null : [.. list.Where(line => line is not null).Take(MaxList).Select(line => Cut(line)!)];
}
