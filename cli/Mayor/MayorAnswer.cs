using ClaudeManage.Contracts.Hook;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Mayor;

/// <summary>A message as the mayor's program gets it, and what it printed as the sender gets it.</summary>
static class MayorAnswer
{
    const int MostTries = 3;

    /// <summary>
    /// What is said instead of trying once more when the message was begun on so often without an end that it may be what kills the program; else null.
    /// A take that was given back, as when the town was stopped, is no try.
    /// </summary>
    public static string? GivenUp(MailSnapshot mail) => mail.Takes - mail.GivenBack is > MostTries and var tries
        ? $"I began on this {tries - 1} times and never came to an end. I leave it; look at it, and write again in other words."
        : null;

    /// <summary>The part of the prompt behind the town's state.</summary>
    public static string Question(MailSnapshot mail) =>
        $"\n# Message from {mail.From}: {mail.Subject}\n\n"
        + (mail.Takes > 1 ? $"(You began on this message {mail.Takes - 1} time{(mail.Takes > 2 ? "s" : "")} before and did not come to an end. Look at what you did already before you do it again: `cm events --actor mayor`.)\n\n" : "")
        + (mail.WorkItemId is null ? "" : $"It is about {mail.WorkItemId}.\n\n") + mail.Body + "\n";

    /// <summary>What it printed; where it failed, that it did, and its last words.</summary>
    /// <param name="longest">In characters; what is too long is cut in the middle.</param>
    public static string Of(ProcessResult result, int longest)
    {
        var printed = result.StdOut.Trim();
        if (result.Ok) return printed.Length == 0 ? "(Done. The mayor's program printed nothing.)" : Cut(printed, longest);
        var why = result.Reason ?? $"it ended with exit code {result.ExitCode}";
        var words = string.Join('\n', new[] { printed, result.StdErr.Trim() }.Where(t => t.Length > 0));
        return Cut($"The mayor's program failed: {why}." + (words.Length == 0 ? "" : $" It printed:\n\n{words}"), longest);
    }

    static string Cut(string text, int longest) => text.Length <= longest ? text : $"{text[..(longest / 2)]}\n\n[… {text.Length - longest} characters left out …]\n\n{text[^(longest / 2)..]}";
}
