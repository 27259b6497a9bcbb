using System.Text.RegularExpressions;
using ClaudeManage.Unit.Architecture;
using ClaudeManage.Unit.Configuration;

namespace ClaudeManage.Unit.Deployment;

/// <summary>The lists of services and of settings that are not YAML, compared with the folders and with what the code reads.</summary>
static partial class ParityRules
{
    const string Dockerfile = "deploy/Dockerfile";
    const string AppHost = "AppHost/Program.cs";
    const string Gateway = "services/Gateway/";

    public static IEnumerable<string> EveryImageCanBeBuilt(SourceTree tree)
    {
        var accepted = Case().Matches(tree.Files[Dockerfile]).Select(m => (m.Groups["service"].Value, m.Groups["project"].Value)).ToHashSet();
        foreach (var project in tree.Modules.Append("Gateway"))
            if (!accepted.Remove((project.ToLowerInvariant(), project))) yield return $"{Dockerfile} builds no {project.ToLowerInvariant()} from {project}";
        foreach (var (service, project) in accepted) yield return $"{Dockerfile} builds {service} from {project}, which is nothing of the suite";
        if (tree.Files[Dockerfile].Contains("# syntax=", StringComparison.Ordinal) || tree.Files[Dockerfile].Contains("--mount", StringComparison.Ordinal)) yield return $"{Dockerfile} needs BuildKit";
        if (!tree.Files[Dockerfile].Contains("\nUSER 1654", StringComparison.Ordinal)) yield return $"{Dockerfile}: the image runs as root";
    }

    public static IEnumerable<string> EveryServiceInTheAppHost(SourceTree tree)
    {
        var text = tree.Files[AppHost];
        foreach (var project in tree.Modules.Append("Gateway"))
        {
            if (!text.Contains($"<Projects.{project}>(\"{project.ToLowerInvariant()}\")", StringComparison.Ordinal)) yield return $"{AppHost} starts no {project}";
            if (!tree.References["AppHost"].Contains("services/" + project)) yield return $"AppHost.csproj does not reference {project}";
        }
        foreach (Match match in Started().Matches(text))
            if (!tree.Modules.Append("Gateway").Contains(match.Groups["project"].Value)) yield return $"{AppHost} starts {match.Groups["project"].Value}, which is nothing of the suite";
        // One helper makes a service with its migration; whoever has a database is made by it.
        foreach (var service in Suite.WithDatabase(tree))
            if (!Regex.IsMatch(text, $@"\bService<Projects\.\w+>\(""{service}""\)")) yield return $"{AppHost} does not migrate {service}";
        if (!text.Contains("$\"{name}-migrate\", \"migrate\"", StringComparison.Ordinal) || !text.Contains("WaitForCompletion(", StringComparison.Ordinal)) yield return $"{AppHost} does not wait for migrations";
    }

    /// <summary>The gateway knows every service by name; supervisors tell where they are themselves.</summary>
    public static IEnumerable<string> EveryServiceBehindTheGateway(SourceTree tree)
    {
        if (!tree.Files.TryGetValue(Gateway + "GatewayOptions.cs", out var text)) yield break;
        foreach (var service in Suite.WithDatabase(tree))
            if (!text.Contains($"\"{service}\"", StringComparison.Ordinal)) yield return $"{Gateway}GatewayOptions.cs does not know {service}";
    }

    /// <summary>Nobody invents a second name for a setting.</summary>
    public static IEnumerable<string> OnlyKnownSettings(SourceTree tree)
    {
        var known = new ConfigurationCatalogue(tree);
        return from setting in ComposeRules.Settings(tree).Concat(KubernetesRules.Settings(tree)).Concat(AppHostSettings(tree))
               where !known.Knows(setting.Key)
               select $"{setting.Where} sets {setting.Key}, which nothing reads";
    }

    /// <summary>Dashboard and alerts look at what is measured, by the names that Prometheus makes of it.</summary>
    public static IEnumerable<string> OnlyKnownMetrics(SourceTree tree)
    {
        var code = tree.Files.Where(f => f.Key.EndsWith(".cs", StringComparison.Ordinal) && !f.Key.StartsWith("tests/", StringComparison.Ordinal)).ToList();
        if (!code.Exists(f => f.Key.StartsWith("shared/ServiceDefaults/Telemetry/", StringComparison.Ordinal))) return [];
        var known = code.SelectMany(f => Measured().Matches(f.Value)).Select(m => m.Groups["name"].Value.Replace('.', '_')).ToHashSet();
        return from file in tree.Files
               where file.Key.StartsWith("deploy/telemetry/", StringComparison.Ordinal)
               from name in LookedAt().Matches(file.Value).Select(m => m.Value).Distinct()
               where !known.Contains(Suffix().Replace(name, ""))
               select $"{file.Key} looks at {name}, which nothing measures";
    }

    static IEnumerable<(string Where, string Key)> AppHostSettings(SourceTree tree) =>
        Environment().Matches(tree.Files[AppHost]).Select(m => (AppHost, Regex.Replace(m.Groups["key"].Value, @"\{[^}]*\}", "work")));

    [GeneratedRegex(@"^\s+(?<service>[a-z]+)\) project=(?<project>\w+) ;;", RegexOptions.Multiline)]
    private static partial Regex Case();

    [GeneratedRegex(@"""(?<name>claudemanage(\.[a-z_]+)+)""")]
    private static partial Regex Measured();

    [GeneratedRegex(@"\bclaudemanage_[a-z_]+")]
    private static partial Regex LookedAt();

    [GeneratedRegex("(_seconds)?(_bucket|_count|_sum|_total)?$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"<Projects\.(?<project>\w+)>\(""")]
    private static partial Regex Started();

    [GeneratedRegex(@"WithEnvironment\(\$?""(?<key>[^""]+)""")]
    private static partial Regex Environment();
}
