using ClaudeManage.Contracts.Hook;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Mayor;

/// <summary>A message as the mayor's program gets it, and what it printed as the sender gets it.</summary>
static class MayorAnswer
{
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
