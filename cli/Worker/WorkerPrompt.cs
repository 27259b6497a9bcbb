using System.Text;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Worker;

/// <summary>What a program run by <c>cm work</c> is told: the item, and what came back with it.</summary>
static class WorkerPrompt
{
    public static string Of(ClaimResult claim)
    {
        var (item, a) = (claim.WorkItem, claim.Assignment);
        var text = new StringBuilder($"# {item.Id}: {item.Title}\n\nAttempt {a.Attempt} of {a.MaxAttempts}.\n");
        Part(text, "Instructions", a.Args);
        Part(text, "Description", item.Description);
        Part(text, "Design", item.Design);
        Part(text, "Acceptance", string.Join('\n', item.Acceptance.Select(c => "- " + c.Text + (c.Command is { Count: > 0 } command ? $" (checked with: {string.Join(' ', command)})" : ""))));
        Part(text, "Notes", item.Notes);
        Part(text, "What came back from the last attempt", a.Feedback ?? item.Feedback);
        if (claim.Handoff is { } h)
            Part(text, $"Handed over by {h.FromAgentId}", string.Join('\n', ((string?[])[h.Reason, h.Context.Summary, List("Done", h.Context.Done), List("Next", h.Context.Next), List("Files", h.Context.Files), List("Open questions", h.Context.OpenQuestions), h.Context.Notes]).OfType<string>()));
        return text.ToString();
    }

    static string? List(string title, IReadOnlyList<string>? lines) => lines is { Count: > 0 } ? $"{title}:\n" + string.Join('\n', lines.Select(l => "- " + l)) : null;

    static void Part(StringBuilder text, string title, string? body)
    {
        if (!string.IsNullOrWhiteSpace(body)) text.Append($"\n## {title}\n\n{body.Trim()}\n");
    }
}
