using System.CommandLine;
using System.Globalization;

namespace ClaudeManage.Cli.Commands;

/// <summary>Options and arguments that mean the same wherever they appear.</summary>
static class Symbols
{
    public static Argument<string> Item(string description = "Work item, e.g. sh-x7k2m.") => new("item") { Description = description };

    /// <summary>An item that an agent's session knows by itself.</summary>
    public static Argument<string?> OwnItem() => new("item") { Description = "Work item; inside an agent's session its own (CM_WORK_ITEM).", Arity = ArgumentArity.ZeroOrOne };

    public static Option<string?> Rig(string description = "Only this rig.") => new("--rig", "-r") { Description = description, HelpName = "RIG" };

    public static Option<int?> Limit() => new("--limit", "-n") { Description = "Rows at most, 1 to 500 (default 50).", HelpName = "N" };

    public static Option<string?> After() => new("--after") { Description = "Go on behind an earlier answer's `next`.", HelpName = "MARK" };

    public static Option<string?> Reason(string description = "Why, in a sentence.") => new("--reason", "-m") { Description = description, HelpName = "TEXT" };

    public static Option<string?> Value(string name, string helpName, string description, params string[] aliases) => new(name, aliases) { Description = description, HelpName = helpName };

    public static Option<string[]> Values(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description + " Repeatable.", HelpName = helpName, DefaultValueFactory = _ => [] };

    public static Option<bool> Flag(string name, string description, params string[] aliases) => new(name, aliases) { Description = description };

    public static Option<int?> Priority() => new("--priority", "-p") { Description = "0 (highest) to 4.", HelpName = "N" };

    /// <summary>An option that takes one of an enum's names as they stand in JSON.</summary>
    public static Option<T?> Choice<T>(string name, string description, params string[] aliases) where T : struct, Enum
    {
        var names = Enum.GetValues<T>().ToDictionary(Output.Text.Wire);
        var option = new Option<T?>(name, aliases)
        {
            Description = $"{description} One of {string.Join(", ", names.Keys)}.",
            HelpName = name.TrimStart('-').ToUpperInvariant(),
            CustomParser = result =>
            {
                var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (names.TryGetValue(text.Replace('-', '_'), out var value) || names.TryGetValue(text, out value)) return value;
                result.AddError($"'{text}' is not one of {string.Join(", ", names.Keys)}.");
                return null;
            },
        };
        option.CompletionSources.Add(_ => names.Keys.Select(n => new System.CommandLine.Completions.CompletionItem(n)));
        return option;
    }

    /// <summary>A point in time: <c>+90m</c>, <c>+2h</c>, <c>+1d</c>, or a date and time.</summary>
    public static DateTimeOffset Time(string text, DateTimeOffset now)
    {
        if (text.StartsWith('+') && Span(text[1..]) is { } span) return now + span;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var at)) return at;
        throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is no time. Say +90m, +2h, +1d, or a date such as 2026-01-31T09:00.");
    }

    static TimeSpan? Span(string text) =>
        text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 100_000 ? text[^1] switch
        {
            's' => TimeSpan.FromSeconds(n),
            'm' => TimeSpan.FromMinutes(n),
            'h' => TimeSpan.FromHours(n),
            'd' => TimeSpan.FromDays(n),
            _ => null,
        } : null;

    /// <summary>The text given, or standard input for <c>-</c>.</summary>
    public static async Task<string?> TextAsync(this Invocation run, string? given, CancellationToken ct) => given == "-" ? (await run.ReadInputAsync(ct)).TrimEnd() : given;

    /// <summary>The item named, else the session's own.</summary>
    public static string ItemOrOwn(this Invocation run, Argument<string?> item) => run.Get(item) ?? run.Session("CM_WORK_ITEM")
        ?? throw new CommandFailedException(ExitCodes.Usage, "Name the work item. (Inside an agent's session it is known by itself.)");

    /// <summary>An array of texts out of JSON, or words separated by spaces.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        if (!text.TrimStart().StartsWith('[')) return text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        try { return System.Text.Json.JsonSerializer.Deserialize<string[]>(text) ?? []; }
        catch (System.Text.Json.JsonException e) { throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is no JSON array of texts: {e.Message}"); }
    }
}
