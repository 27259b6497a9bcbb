using System.Text.RegularExpressions;

namespace ClaudeManage.Unit.Architecture;

/// <summary>The rules of docs/architecture that a compiler does not know. Each returns what breaks it, in words.</summary>
static partial class Rules
{
    /// <summary>Longest source file that needs no reason; migrations are generated and do not count.</summary>
    public const int MaxLines = 500;

    static readonly string[] Hosts = ["services/Town", "services/Gateway", "cli"];

    public static IEnumerable<string> References(SourceTree tree)
    {
        foreach (var (from, targets) in tree.References)
            foreach (var to in targets)
            {
                if (IsService(from) && IsService(to) && from != "services/Town") yield return $"{from} references the service {to}";
                if (from == "shared/Contracts") yield return $"{from} references {to}; contracts reference nothing";
                if (from.StartsWith("shared/", StringComparison.Ordinal) && !to.StartsWith("shared/", StringComparison.Ordinal)) yield return $"{from} references {to}, which is not shared";
                if (Hosts.Contains(to) && !from.StartsWith("tests/", StringComparison.Ordinal) && from is not ("AppHost" or "cli" or "bench")) yield return $"{from} references the host {to}";
            }
    }

    public static IEnumerable<string> PureDomain(SourceTree tree)
    {
        foreach (var (path, text) in tree.Files.Where(f => f.Key.StartsWith("services/", StringComparison.Ordinal) && f.Key.Contains("/Domain/")))
            foreach (var forbidden in new[] { "Microsoft.EntityFrameworkCore", "MassTransit", "Microsoft.AspNetCore", "TimeProvider", "ClaudeManage.Persistence", "ClaudeManage.Messaging" })
                if (text.Contains(forbidden, StringComparison.Ordinal)) yield return $"{path} names {forbidden}; Domain/ is pure";
    }

    public static IEnumerable<string> Sizes(SourceTree tree) =>
        from file in tree.Files
        where file.Key.EndsWith(".cs", StringComparison.Ordinal) && !file.Key.Contains("/Migrations/")
        let lines = file.Value.Count(c => c == '\n')
        where lines > MaxLines
        select $"{file.Key} has {lines} lines; more than {MaxLines} is more than one idea";

    public static IEnumerable<string> EveryServiceInTown(SourceTree tree)
    {
        var town = tree.Files["services/Town/TownModules.cs"];
        foreach (var service in tree.Modules)
        {
            if (!town.Contains($"new {service}Module()", StringComparison.Ordinal)) yield return $"{service} is not in TownModules";
            if (!tree.Files.ContainsKey($"services/{service}/Program.cs")) yield return $"{service} has no Program.cs of its own";
            foreach (var room in new[] { $"services/{service}/{service}Module.cs" })
                if (!tree.Files.ContainsKey(room)) yield return $"{service} lacks {room}";
        }
    }

    public static IEnumerable<string> MassTransitStaysInItsRooms(SourceTree tree) =>
        from file in tree.Files
        where file.Key.StartsWith("services/", StringComparison.Ordinal) && file.Key.EndsWith(".cs", StringComparison.Ordinal)
        where !file.Key.Contains("/Consumers/") && !file.Key.Contains("/Sagas/") && !file.Key.Contains("/Data/")
        where UsingMassTransit().IsMatch(file.Value)
        select $"{file.Key} uses MassTransit outside Consumers/, Sagas/ and Data/";

    public static IEnumerable<string> NoStubs(SourceTree tree) =>
        from file in tree.Files
        where file.Key.EndsWith(".cs", StringComparison.Ordinal) && !file.Key.StartsWith("tests/Unit/Architecture/", StringComparison.Ordinal)
        from word in new[] { "NotImplementedException", "TODO", "FIXME", "HACK:" }
        where file.Value.Contains(word, StringComparison.Ordinal)
        select $"{file.Key} says {word}";

    public static IEnumerable<string> NoSleepingTests(SourceTree tree) =>
        from file in tree.Files
        where file.Key.StartsWith("tests/", StringComparison.Ordinal) && file.Key.EndsWith(".cs", StringComparison.Ordinal)
        where !file.Key.EndsWith("/Eventually.cs", StringComparison.Ordinal) && !file.Key.StartsWith("tests/Unit/Architecture/", StringComparison.Ordinal)
        where file.Value.Contains("Task.Delay(", StringComparison.Ordinal) || file.Value.Contains("Thread.Sleep(", StringComparison.Ordinal)
        select $"{file.Key} sleeps; wait with Eventually or move the clock";

    public static IEnumerable<string> EveryRefusalInTheDocs(SourceTree tree) =>
        from file in tree.Files
        where file.Key.EndsWith(".cs", StringComparison.Ordinal) && (file.Key.StartsWith("services/", StringComparison.Ordinal) || file.Key.StartsWith("shared/", StringComparison.Ordinal))
        from refusal in Refusals().Matches(file.Value)
        let code = refusal.Groups["code"].Value
        where !tree.Files["docs/api.md"].Contains($"`{code}`", StringComparison.Ordinal)
        select $"{file.Key} refuses with the code {code}, which docs/api.md does not know";

    [GeneratedRegex(@"(?:\b(?:Conflict|Unprocessable|Unavailable|No)\(|new (?:Refusal)?\(\s*\d{3},|=> new\(\s*\d{3},)\s*""(?<code>[a-z]+(?:-[a-z]+)*)""")]
    private static partial Regex Refusals();

    public static IEnumerable<string> EveryProjectInTheSolution(SourceTree tree) =>
        from project in tree.Files.Keys
        where project.EndsWith(".csproj", StringComparison.Ordinal)
        where !tree.Files["ClaudeManage.sln"].Contains(project.Replace('/', '\\'), StringComparison.Ordinal)
        select $"{project} is not in ClaudeManage.sln";

    public static IEnumerable<string> EveryMetricInTheDocs(SourceTree tree)
    {
        var made = tree.Files.Where(f => f.Key.EndsWith(".cs", StringComparison.Ordinal) && (f.Key.StartsWith("services/", StringComparison.Ordinal) || f.Key.StartsWith("shared/", StringComparison.Ordinal)))
            .SelectMany(f => MetricInCode().Matches(f.Value)).Select(m => m.Groups[1].Value).ToHashSet();
        var told = MetricInDocs().Matches(tree.Files["docs/telemetry.md"]).Select(m => m.Groups[1].Value).ToHashSet();
        return made.Except(told).Select(m => $"the metric {m} is not in docs/telemetry.md").Concat(told.Except(made).Select(m => $"docs/telemetry.md tells of {m}, which nothing measures"));
    }

    static bool IsService(string folder) => folder.StartsWith("services/", StringComparison.Ordinal);

    [GeneratedRegex("(?:Counter|Duration|Gauge [A-Za-z]+ = new)\\(\"(claudemanage\\.[a-z_.]+)\"")]
    private static partial Regex MetricInCode();

    [GeneratedRegex("`(claudemanage\\.[a-z_.]+)`")]
    private static partial Regex MetricInDocs();

    [GeneratedRegex(@"^using MassTransit", RegexOptions.Multiline)]
    private static partial Regex UsingMassTransit();
}
