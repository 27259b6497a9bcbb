using System.Text.Json;
using MassTransit;

namespace ClaudeManage.Messaging;

public static class RawMessage
{
    /// <summary>The message as its publisher wrote it: the JSON text of the envelope's <c>message</c>, unknown fields included.</summary>
    public static string RawMessageJson(this ConsumeContext context)
    {
        using var envelope = JsonDocument.Parse(context.ReceiveContext.Body.GetBytes());
        return envelope.RootElement.TryGetProperty("message", out var message) ? message.GetRawText() : envelope.RootElement.GetRawText();
    }
}
