using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;

namespace ClaudeManage.Cli.Output;

/// <summary>The help of a command as text: what it does, how it is called, and examples that can be copied.</summary>
static class HelpText
{
    static readonly ConditionalWeakTable<Command, string[]> Examples = [];
    static readonly ConditionalWeakTable<Command, string> Groups = [];

    public static void Remember(Command command, string[] examples) => Examples.AddOrUpdate(command, examples);

    /// <summary>Puts a command under a heading in the help of the one above it.</summary>
    public static Command Under(this Command command, string group)
    {
        Groups.AddOrUpdate(command, group);
        return command;
    }

    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "cm";

    public static string Of(Command command, int width)
    {
        var text = new StringBuilder();
        foreach (var line in Text.Wrap(command.Description ?? "", width)) text.AppendLine(line);
        text.AppendLine().AppendLine($"Usage: {Usage(command)}");
        Section(text, "Arguments", [.. command.Arguments.Select(a => (ArgumentName(a), Described(a.Description, a.HasDefaultValue && a.GetDefaultValue() is { } d ? $"{d}" : null)))], width);
        foreach (var group in command.Subcommands.Where(c => !c.Hidden).GroupBy(c => Groups.TryGetValue(c, out var name) ? name : "Commands"))
            Section(text, group.Key, [.. group.Select(c => (c.Name, c.Description ?? ""))], width);
        Section(text, "Options", [.. OptionsOf(command).Select(o => (OptionName(o), o.Description ?? ""))], width);
        if (Examples.TryGetValue(command, out var examples) && examples.Length > 0)
        {
            text.AppendLine().AppendLine("Examples:");
            foreach (var example in examples) text.AppendLine($"  {example}");
        }
        if (command is not RootCommand) text.AppendLine().AppendLine("Everywhere: --json --quiet --url --data; see `cm --help`.");
        return text.ToString();
    }

    static IEnumerable<Option> OptionsOf(Command command) => command.Options.Where(o => !o.Hidden && o.Name is not ("--help" or "--version"));

    static string Usage(Command command)
    {
        var parts = new List<string> { PathOf(command) };
        parts.AddRange(command.Arguments.Select(a => a.Arity.MinimumNumberOfValues == 0 ? $"[{ArgumentName(a)}]" : ArgumentName(a)));
        if (command.Subcommands.Count > 0) parts.Add("COMMAND");
        if (OptionsOf(command).Any()) parts.Add("[options]");
        if (command.Name == "work") parts.Add("-- PROGRAM [ARGS...]");
        return string.Join(' ', parts);
    }

    static string ArgumentName(Argument a) => a.HelpName ?? a.Name.ToUpperInvariant() + (a.Arity.MaximumNumberOfValues > 1 ? "..." : "");

    static string OptionName(Option o)
    {
        var names = string.Join(", ", o.Aliases.Append(o.Name).OrderBy(n => n.Length));
        return o.ValueType == typeof(bool) ? names : $"{names} {o.HelpName ?? o.Name.TrimStart('-').ToUpperInvariant()}";
    }

    static string Described(string? description, string? fallback) => fallback is null ? description ?? "" : $"{description} (default: {fallback})";

    static void Section(StringBuilder text, string title, IReadOnlyList<(string Name, string Description)> rows, int width)
    {
        if (rows.Count == 0) return;
        text.AppendLine().AppendLine(title + ":");
        var column = Math.Min(30, rows.Max(r => r.Name.Length) + 4);
        foreach (var (name, description) in rows)
        {
            var lines = Text.Wrap(description, Math.Max(24, width - column - 1)).ToList();
            if (name.Length + 4 > column)
            {
                text.AppendLine("  " + name);
                lines.ForEach(line => text.AppendLine(new string(' ', column) + line));
            }
            else
            {
                text.AppendLine(("  " + name).PadRight(column) + lines[0]);
                lines.Skip(1).ToList().ForEach(line => text.AppendLine(new string(' ', column) + line));
            }
        }
    }
}
