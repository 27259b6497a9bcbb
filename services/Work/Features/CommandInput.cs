using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features;

/// <summary>A command is an argument array, never a line for a shell.</summary>
static class CommandInput
{
    const int MaxArguments = 100, MaxArgument = 8 * 1024;

    /// <summary>Null passes: there is none.</summary>
    public static void Check(Validation v, IReadOnlyList<string>? command, string at)
    {
        if (command is null) return;
        v.Check(command.Count is > 0 and <= MaxArguments, at, $"A command is an array of 1 to {MaxArguments} arguments, the program first.");
        v.Check(command.Count == 0 || !string.IsNullOrWhiteSpace(command[0]), $"{at}/0", "Name the program.");
        for (var i = 0; i < command.Count; i++)
            v.Check(command[i] is not null, $"{at}/{i}", "An argument is a text.").MaxLength(command[i], MaxArgument, $"{at}/{i}");
    }

    /// <summary>Environment variables a command gets. Null passes.</summary>
    public static void CheckEnvironment(Validation v, IReadOnlyDictionary<string, string>? variables, string at)
    {
        v.Check(variables is not { Count: > MaxArguments }, at, $"At most {MaxArguments} variables.");
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            v.Check(name.Length is > 0 and <= 200 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(name[0])
                && value is not null, $"{at}/{name}", "A name of letters, digits and _, and a text as its value.").MaxLength(value, MaxArgument, $"{at}/{name}");
    }
}
