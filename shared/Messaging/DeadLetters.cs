using ClaudeManage.Persistence;

namespace ClaudeManage.Messaging;

static class DeadLetters
{
    /// <summary>The row given up on, under the name that its queue has on a broker.</summary>
    public static DeadLetterRow Of(OutboxRow row, string endpoint, string why, DateTimeOffset now) => new()
    {
        Queue = endpoint + "_error",
        MessageId = row.MessageId,
        ContentType = row.ContentType,
        MessageTypes = row.MessageTypes,
        Body = row.Body,
        Headers = row.Headers,
        Exception = why,
        Attempts = row.Attempts,
        At = now,
    };
}
