using System.Text;
using System.Text.RegularExpressions;

namespace ClaudeManage.Workflow.Domain.Expressions;

/// <summary>
/// A step's command: an argument array whose first is the program. Values are put into arguments; into a shell's script they are never pasted but
/// handed over as its parameters, so that no value, whoever it comes from, is ever read as shell.
/// </summary>
static partial class RunCommand
{
    /// <summary>Longest command in bytes once its values are in; the system takes no more in one argument.</summary>
    public const int MaxBytes = 100 * 1024;

    static readonly string[] Shells = ["sh", "bash", "dash", "zsh", "ksh", "ash"];

    /// <summary>A command that was written as one line is a shell's script.</summary>
    public static IReadOnlyList<string> OfLine(string line) => ["sh", "-c", line, "run"];

    /// <summary>The text that a shell reads; null of a command that is none.</summary>
    public static string? Script(IReadOnlyList<string> run) => run.Count > 2 && Shells.Contains(Path.GetFileName(run[0])) && ShellFlag().IsMatch(run[1]) ? run[2] : null;

    /// <summary>Puts values in. A placeholder in a script that has one becomes <c>${1}</c>, <c>${2}</c> and so on, and its value the parameter.</summary>
    public static IReadOnlyList<string> Map(IReadOnlyList<string> run, Func<string, string> text)
    {
        if (Script(run) is not { } script) return [.. run.Select(text)];
        List<string> parameters = [.. run.Skip(3).Select(text)];
        if (parameters.Count == 0) parameters.Add("run");      // $0
        var filled = Placeholder().Replace(script, m =>
        {
            var value = text(m.Value);
            if (value == m.Value) return m.Value;
            parameters.Add(value);
            return $"${{{parameters.Count - 1}}}";
        });
        return [run[0], run[1], filled, .. parameters];
    }

    /// <summary>Why no system runs it, whatever the program; null when it may.</summary>
    public static string? Refuse(IReadOnlyList<string> run) =>
        run.Any(a => a.Contains('\0')) ? "its command has a NUL character in it, which no argument can have"
        : run.Sum(Encoding.UTF8.GetByteCount) is var bytes and > MaxBytes ? $"its command has {bytes} bytes with its values in it, and at most {MaxBytes} can be run; hand over what is long in a file" : null;

    [GeneratedRegex(@"^-[A-Za-z]*c$", RegexOptions.CultureInvariant)]
    private static partial Regex ShellFlag();

    // ${name} is the shell's own.
    [GeneratedRegex(@"(?<!\$)\{\{\s*[A-Za-z_][A-Za-z0-9_.\-]*\s*\}\}|(?<![\{\$])\{[A-Za-z_][A-Za-z0-9_.\-]*\}(?!\})", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
