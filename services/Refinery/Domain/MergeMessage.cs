using System.Text;

namespace ClaudeManage.Refinery.Domain;

/// <summary>The message of the commit that lands a request.</summary>
static class MergeMessage
{
    const int MaxSubject = 200;
    const int MaxBody = 4000;

    /// <summary>Subject with item and title, what the worker said, and the trailers that name item, agent and request.</summary>
    public static string For(string requestId, string? workItemId, string author, string title, string? summary)
    {
        var subject = OneLine(workItemId is null ? title : $"{workItemId}: {title}");
        var message = new StringBuilder(subject.Length <= MaxSubject ? subject : subject[..(MaxSubject - 1)] + "…").Append("\n\n");
        if (Body(summary) is { Length: > 0 } body) message.Append(body).Append("\n\n");
        if (workItemId is not null) message.Append("Work-Item: ").Append(workItemId).Append('\n');
        return message.Append("Agent: ").Append(OneLine(author)).Append('\n').Append("Merge-Request: ").Append(requestId).Append('\n').ToString();
    }

    // A worker's text must not pass for a trailer: its own last paragraph is never the message's last.
    static string Body(string? summary)
    {
        var text = new string([.. (summary ?? "").ReplaceLineEndings("\n").Where(c => c == '\n' || c == '\t' || !char.IsControl(c))]).Trim();
        return text.Length <= MaxBody ? text : text[..MaxBody] + "…";
    }

    static string OneLine(string text) => string.Join(' ', new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
