using System.Text;
using System.Text.Json;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>What a message from outside asks for.</summary>
enum OutsideKind { Create, Update, Close, Comment }

/// <summary>What the transport says beside the body: of a bare body everything, of a CloudEvent nothing that counts.</summary>
sealed record OutsideFrame(string? ContentType, string? Type, string? Id, string Source);

/// <summary>
/// A message from outside, read: a CloudEvent in structured mode, or the bare body of the HTTP call with its type and id beside it.
/// </summary>
/// <param name="Source">As the sender wrote it.</param>
/// <param name="Subject">The work item it is about, when the envelope says so.</param>
/// <param name="At">Pointer of the data within the message.</param>
sealed record OutsideEvent(string Source, string Id, string Type, OutsideKind Kind, string? Subject, JsonElement Data, string At)
{
    const string Prefix = "claudemanage.work-item.";
    const int MaxSource = 300, MaxId = 200;

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    static readonly string Types = string.Join(", ", Enum.GetValues<OutsideKind>().Select(k => Prefix + Persistence.SnakeCase.Of(k.ToString())));

    /// <summary>Reads it, or refuses with the place of the mistake.</summary>
    public static OutsideEvent Read(ReadOnlyMemory<byte> body, OutsideFrame frame)
    {
        var root = Parse(body);
        if (root.ValueKind != JsonValueKind.Object) throw Refusal.Invalid("", "A message is a JSON object.").AsException();
        return IsCloudEvent(frame.ContentType, root) ? ReadCloudEvent(root) : ReadBare(root, frame);
    }

    /// <summary>The body as JSON.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(Strict.GetString(body.Span), new JsonDocumentOptions { MaxDepth = JsonSettings.Web.MaxDepth });
            return json.RootElement.Clone();
        }
        catch (ArgumentException) { throw new Refusal(400, "malformed", "The body is not UTF-8.", "").AsException(); }
        catch (JsonException e)
        {
            throw new Refusal(400, "malformed", $"The body is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", "").AsException();
        }
    }

    /// <summary>The data as the body of the HTTP call.</summary>
    public T As<T>() where T : class
    {
        try { return Data.Deserialize<T>(JsonSettings.Web) ?? throw Refusal.Invalid(At, "This is null.").AsException(); }
        catch (JsonException e) { throw new Refusal(400, "malformed", "This is not of the type expected here.", At + Pointer(e.Path)).AsException(); }
        // What escapes to half a character.
        catch (InvalidOperationException) { throw new Refusal(400, "malformed", "A text here is not valid Unicode.", At).AsException(); }
    }

    /// <summary>A text of the data; null when there is none.</summary>
    public string? Text(string name) => TextOf(Data, name);

    static bool IsCloudEvent(string? contentType, JsonElement root) =>
        contentType?.StartsWith("application/cloudevents+json", StringComparison.OrdinalIgnoreCase) is true || root.TryGetProperty("specversion", out _);

    static OutsideEvent ReadCloudEvent(JsonElement root)
    {
        var v = new Validation();
        v.Check(TextOf(root, "specversion") == "1.0", "/specversion", "This must be \"1.0\".");
        foreach (var (name, max) in new[] { ("id", MaxId), ("source", MaxSource), ("type", MaxSource) })
            v.Check(TextOf(root, name) is { Length: > 0 } text && text.Length <= max && !text.Any(char.IsControl), $"/{name}", $"A CloudEvent has a text of 1 to {max} characters here.");
        v.Check(!root.TryGetProperty("data_base64", out _), "/data_base64", "Send the data as JSON in `data`.");
        v.Check(!root.TryGetProperty("datacontenttype", out var of) || (of.ValueKind == JsonValueKind.String && of.GetString()!.Contains("json", StringComparison.OrdinalIgnoreCase)),
            "/datacontenttype", "The data is application/json, or this is left out.");
        v.Check(root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object, "/data", "The data is the body of the HTTP call, an object.");
        v.Check(!root.TryGetProperty("subject", out var about) || about.ValueKind is JsonValueKind.String or JsonValueKind.Null, "/subject", "The subject is a work item's id, or left out.");
        v.ThrowIfInvalid();
        var type = TextOf(root, "type")!;
        return new OutsideEvent(TextOf(root, "source")!, TextOf(root, "id")!, type, KindOf(type, "/type"), TextOf(root, "subject"), data, "/data");
    }

    static OutsideEvent ReadBare(JsonElement root, OutsideFrame frame)
    {
        if (frame.Type is not { Length: > 0 } type)
            throw Refusal.Invalid("", $"Nothing says what this is. Send a CloudEvent, or beside the bare body its type: {Types}.").AsException();
        if (frame.Id is not { Length: > 0 and <= MaxId } id || id.Any(char.IsControl))
            throw Refusal.Invalid("", $"Give the message an id of 1 to {MaxId} characters, the same whenever it is sent again: without one, sending it again would do it twice.").AsException();
        return new OutsideEvent(frame.Source, id, type, KindOf(type, ""), null, root, "");
    }

    static OutsideKind KindOf(string type, string at)
    {
        foreach (var kind in Enum.GetValues<OutsideKind>()) if (type == Prefix + Persistence.SnakeCase.Of(kind.ToString())) return kind;
        throw Refusal.Invalid(at, $"'{(type.Length > 80 ? type[..80] : type)}' is none of {Types}.").AsException();
    }

    static string? TextOf(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var text) || text.ValueKind != JsonValueKind.String) return null;
        try { return text.GetString(); }
        catch (InvalidOperationException) { return null; }      // half a character, escaped
    }

    // $.labels[0] → /labels/0
    static string Pointer(string? path) => path is { Length: > 1 } ? "/" + path.TrimStart('$', '.').Replace('.', '/').Replace('[', '/').Replace("]", "") : "";
}
