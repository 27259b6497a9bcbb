using System.Text.RegularExpressions;
using ClaudeManage.Unit.Architecture;

namespace ClaudeManage.Unit.Deployment;

/// <summary>The processes of the suite, read from the folders, and what is common to all ways of running them.</summary>
static partial class Suite
{
    /// <summary>Modules by the name they have everywhere, and the gateway before them.</summary>
    public static IReadOnlyList<string> Processes(SourceTree tree) => [.. tree.Modules.Select(m => m.ToLowerInvariant()), "gateway"];

    /// <summary>Those with a database on the server; a supervisor keeps what belongs to its machine in a file there.</summary>
    public static IReadOnlyList<string> WithDatabase(SourceTree tree) => [.. tree.Modules.Select(m => m.ToLowerInvariant()).Where(m => m != "supervisor")];

    /// <summary>Where a process finds the keys with which git enters repositories.</summary>
    public const string Keys = "/home/app/.ssh";

    /// <summary>Those whose image has git.</summary>
    public static IReadOnlyList<string> WithGit(SourceTree tree) => GetsGit().Match(tree.Files["deploy/Dockerfile"]).Groups["who"].Value.Split('|');

    /// <summary>What is wrong with the connections that a process is given.</summary>
    public static IEnumerable<string> ConnectionTroubles(SourceTree tree, string process, IReadOnlyList<(string Key, string Value)> environment)
    {
        var service = process.Replace("-migrate", "", StringComparison.Ordinal);
        var expected = new List<string>();
        if (WithDatabase(tree).Contains(service)) expected.Add("ConnectionStrings__" + service);
        if (service != "gateway") expected.Add("ConnectionStrings__rabbitmq");
        var given = environment.Where(e => e.Key.StartsWith("ConnectionStrings__", StringComparison.Ordinal)).Select(e => e.Key).ToList();
        foreach (var key in expected.Except(given)) yield return $"{process} lacks {key}";
        foreach (var key in given.Except(expected)) yield return $"{process} is given {key}, which is not its own";
        foreach (var (key, value) in environment)
            foreach (Match match in Owner().Matches(value))
                if (match.Groups["who"].Value is { Length: > 0 } who && !who.Equals(service, StringComparison.OrdinalIgnoreCase))
                    yield return $"{process}: {key} names what belongs to {who}";
    }

    [GeneratedRegex(@"in (?<who>[a-z|]+)\) \\\s+apt-get")]
    private static partial Regex GetsGit();

    [GeneratedRegex(@"claudemanage_(?<who>[a-z]+)|(?<who>[A-Z]+)_PASSWORD|claudemanage-(?<who>work|hook|workflow|convoy|refinery|health|supervisor)\b")]
    private static partial Regex Owner();
}
