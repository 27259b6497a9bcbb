using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Persistence;
using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>Messages given up on: rows of the module that could not take them, the same on both transports (decision 0007).</summary>
static partial class DeadLetters
{
    const string Suffix = "_error";
    const int MaxException = 16 * 1024, MaxCause = 300;

    /// <summary>The row given up on, under the name that a queue of its kind would have on a broker.</summary>
    public static DeadLetterRow Of(OutboxRow row, string endpoint, string why, DateTimeOffset now) => new()
    {
        Queue = endpoint + Suffix,
        MessageId = row.MessageId,
        ContentType = row.ContentType,
        MessageTypes = row.MessageTypes,
        Body = row.Body,
        Headers = row.Headers,
        Exception = Fit(why.Length > MaxException ? why[..MaxException] : why),
        Attempts = row.Attempts,
        At = now,
    };

    /// <summary>Writes it down, and that somebody must look. About Health's own incidents nobody could be told, so nobody is.</summary>
    public static void AddDeadLetter<TDb>(this TDb db, string module, DeadLetterRow letter, Envelopes envelopes, RelaySignal<TDb> signal) where TDb : ModuleDbContext
    {
        db.Add(letter);
        if (letter.MessageTypes.Contains(nameof(RaiseIncident), StringComparison.Ordinal)) return;
        var endpoint = EndpointOf(letter);
        db.AddToOutbox(envelopes.Publish(new RaiseIncident($"dead-letter:{endpoint}", Severity.High, module, $"{endpoint} gave up on a message", CauseOf(letter),
            [$"cm dead-letters list --service {module}", "Repair the cause, then replay; or discard what is not wanted any more."], null, WorkItemOf(letter), null), NewId.NextGuid(), OutboxRow.AtOnce), signal);
    }

    public static string EndpointOf(DeadLetterRow letter) => letter.Queue.EndsWith(Suffix, StringComparison.Ordinal) ? letter.Queue[..^Suffix.Length] : letter.Queue;

    /// <summary>The message's own type without its namespace; null when it could not be read.</summary>
    public static string? TypeOf(DeadLetterRow letter) => letter.MessageTypes.Length == 0 ? null : letter.MessageTypes.Split(';')[0].Split(':')[^1];

    /// <summary>What went wrong, in one line in which numbers and ids are blanked out: equal for what failed for one reason.</summary>
    public static string CauseOf(DeadLetterRow letter)
    {
        var line = letter.Exception.Split('\n', 2)[0].Trim();
        return Varying().Replace(line.Length > MaxCause ? line[..MaxCause] : line, "#");
    }

    /// <summary>Names the group of letters with one endpoint, message type and cause.</summary>
    public static string KeyOf(DeadLetterRow letter) =>
        "g" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{letter.Queue}\n{TypeOf(letter)}\n{CauseOf(letter)}")))[..12];

    /// <summary>The work item the message is about; it waits for what the message would have done.</summary>
    public static string? WorkItemOf(DeadLetterRow letter)
    {
        if (Parse(letter.Body) is not { } json) return null;
        using (json)
        {
            if (!TryObject(json.RootElement, "message", out var message)) return null;
            if (TryObject(message, "event", out var header) && TryText(header, "workItemId") is { } named) return named;
            return TryText(message, "workItemId") ?? (TryObject(message, "workItem", out var item) || TryObject(message, "item", out item) ? TryText(item, "id") : null);
        }
    }

    /// <summary>Id and types an envelope names; null and empty where it is none.</summary>
    public static (Guid? Id, string Types) ReadEnvelope(string body)
    {
        if (Parse(body) is not { } json) return (null, "");
        using (json)
        {
            var root = json.RootElement;
            var types = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("messageType", out var list) && list.ValueKind == JsonValueKind.Array
                && root.TryGetProperty("message", out _) ? string.Join(';', list.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString())) : "";
            return (Guid.TryParse(TryText(root, "messageId"), out var id) ? id : null, types);
        }
    }

    /// <summary>What every database can keep: PostgreSQL takes no NUL and no half of a surrogate pair.</summary>
    public static string Fit(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    static JsonDocument? Parse(string body)
    {
        try { return JsonDocument.Parse(body); }
        catch (JsonException) { return null; }
    }

    static bool TryObject(JsonElement parent, string name, out JsonElement child)
    {
        child = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out child) && child.ValueKind == JsonValueKind.Object;
    }

    static string? TryText(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    // Guids, ids such as sh-x7k2m.3, numbers.
    [GeneratedRegex(@"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[a-z]{2,8}-(?=[0-9a-z]*[0-9])[0-9a-z]{5}(\.[0-9]+)*\b|[0-9]+", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Varying();
}
