using System.Text;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>What an agent is told at its start: the work, what is already known about it, and the rules.</summary>
static class AgentPrompt
{
    public static string Compose(ClaimResult claim, string agentId, string? target)
    {
        var item = claim.WorkItem;
        var text = new StringBuilder();
        text.Append($"# {item.Id}: {item.Title}\n\nYou are {agentId}. This work item is yours now; start at once. Attempt {claim.Assignment.Attempt} of {claim.Assignment.MaxAttempts}.\n");
        Section(text, "Instructions", claim.Assignment.Args);
        Section(text, "Description", item.Description);
        Section(text, "Where its steps stand", List(claim.Steps.Select(s => $"[{(s.State is StepState.Done or StepState.Skipped ? "x" : " ")}] {s.Id}: {s.Title}")));
        Section(text, "Design", item.Design);
        Section(text, "Acceptance", List(item.Acceptance.Select(a => a.Command is { Count: > 0 } c ? $"{a.Text} (checked with: {string.Join(' ', c)})" : a.Text)));
        Section(text, "Notes", item.Notes);
        Section(text, "What came back from the last attempt", claim.Assignment.Feedback ?? item.Feedback);
        if (claim.Handoff is { } handoff) HandedOver(text, handoff);
        Section(text, "Rules", Rules(claim.Assignment.Branch, claim.Assignment.BaseBranch, target));
        return text.ToString();
    }

    static void HandedOver(StringBuilder text, HandoffSnapshot handoff)
    {
        var c = handoff.Context;
        Section(text, $"Handed over by {handoff.FromAgentId}", string.Join("\n\n", new[]
        {
            handoff.Reason is { } why ? $"Reason: {why}" : null, c.Summary, Titled("Done", c.Done), Titled("Next", c.Next), Titled("Files", c.Files), Titled("Open questions", c.OpenQuestions), c.Notes,
        }.Where(part => !string.IsNullOrWhiteSpace(part))));
    }

    static string Rules(string? branch, string? from, string? target) => branch is null
        ? """
          - Exit 0 when it is done. Write what you did as JSON {"summary": …} to the file $CM_RESULT_FILE.
          - Exit 75 to hand it over, with {"handoff": {"summary": …, "next": […]}} in that file. Any other exit code is a failed attempt.
          """
        : $$$"""
          - You are in a git worktree of your own, on the branch {{{branch}}}{{{(from is null || from == target ? "" : $", which continues {from}")}}}. Commit there, with messages that say why. Your supervisor pushes it.
          - The work shall land on {{{target}}}; `git merge origin/{{{target}}}` brings your branch up to it. Never push to {{{target}}} yourself.
          - Exit 0 when it is done and committed. When nothing had to change, write {"outcome": "no_change", "reason": …} to the file $CM_RESULT_FILE.
          - Exit 75 to hand it over, with {"handoff": {"summary": …, "next": […]}} in that file. Any other exit code is a failed attempt.
          """;

    static string? Titled(string title, IReadOnlyList<string>? lines) => List(lines ?? []) is { } list ? $"{title}:\n{list}" : null;

    static string? List(IEnumerable<string> lines) => string.Join('\n', lines.Select(line => $"- {line}")) is { Length: > 0 } list ? list : null;

    static void Section(StringBuilder text, string title, string? body)
    {
        if (!string.IsNullOrWhiteSpace(body)) text.Append($"\n## {title}\n\n{body.Trim()}\n");
    }
}
