using System.Globalization;
using System.Text.RegularExpressions;
using ClaudeManage.Unit.Architecture;

namespace ClaudeManage.Unit.Configuration;

/// <summary>One key.</summary>
/// <param name="Key">With <c>&lt;…&gt;</c> where a name or a number of one's own stands.</param>
sealed record Setting(string Key, string Kind, string Default, string Meaning);

/// <summary>What one options class binds.</summary>
sealed record Section(string Name, string Meaning, IReadOnlyList<Setting> Settings);

/// <summary>Every setting of the suite, as the sources have it: the properties of all options classes, and what is read without one.</summary>
sealed partial class ConfigurationCatalogue
{
    // Read on their own, by the platform, or named in docs/decisions/0006. What an options class has meanwhile is told by it.
    static readonly Setting[] Single =
    [
        new("DataDirectory", "path", "`~/.claudemanage`", "What is not in a database: mirrors, worktrees, transcripts, gate logs; the town's databases and keys as well."),
        new("Town:Url", "address", "its own", "Where agents and supervisors reach the town: the gateway where services run alone."),
        new("ConnectionStrings:<service>", "text", "–", "PostgreSQL: the service's own database and role, e.g. `Host=db;Database=claudemanage_work;Username=claudemanage_work;Password=…`."),
        new("ConnectionStrings:rabbitmq", "address", "–", "RabbitMQ: `amqp://user:password@host/vhost`, a user for each service."),
        new("Auth:KeyFile", "path", "–", "PEM of the town's private key: gateway and hook, who make tokens."),
        new("Auth:PublicKeyFile", "path", "–", "PEM of its public half: everybody else. With neither, a process makes a key in its data directory."),
        new("Gateway:Services:<service>:<n>", "address", "–", "Base addresses of the replicas of a service."),
        new("Supervisor:TokenFile", "path", "–", "A file with the supervisor's bearer token."),
        new("Supervisor:Url", "address", "–", "Where the gateway reaches this node."),
        new("ASPNETCORE_URLS", "addresses", "town: `http://127.0.0.1:7117`; image: `http://0.0.0.0:8080`", "Where the process listens. A variable of the environment only."),
        new("urls", "addresses", "–", "The same as an argument (`--urls`) or in a file."),
        new("http_ports", "numbers", "–", "Ports on every address of the machine instead; what the platform's images set."),
        new("Logging:LogLevel:<category>", "level", "`Warning`; `Information` for `ClaudeManage`", "`Trace`, `Debug`, `Information`, `Warning`, `Error`, `Critical`, `None`."),
        new("OTEL_EXPORTER_OTLP_ENDPOINT", "address", "–", "Where traces, metrics and logs go; nothing leaves when it is not set."),
        new("OTEL_SERVICE_NAME", "text", "the service's name", "How this process is called there."),
        new("OTEL_TRACES_SAMPLER", "text", "`parentbased_always_on`", "Which traces are recorded, as OpenTelemetry defines it."),
        new("OTEL_METRIC_EXPORT_INTERVAL", "milliseconds", "`60000`", "How often metrics are sent, and gauges measured."),
    ];

    readonly SourceTree _tree;

    public ConfigurationCatalogue(SourceTree tree)
    {
        _tree = tree;
        Sections = [.. Code().SelectMany(f => Bound().Matches(f.Value)).Select(m => (Type: m.Groups["type"].Value, Name: m.Groups["section"].Value)).Distinct()
            .Where(b => b.Type != "T").OrderBy(b => b.Name, StringComparer.Ordinal).Select(b => Read(b.Type, b.Name))];
        Others = [.. Single.Where(s => !Sections.SelectMany(x => x.Settings).Any(x => Pattern(x.Key) == Pattern(s.Key)))];
    }

    public IReadOnlyList<Section> Sections { get; }

    public IReadOnlyList<Setting> Others { get; }

    /// <summary>Whether something reads this key, given as a key or as a variable of the environment.</summary>
    public bool Knows(string key)
    {
        var asked = key.Replace("__", ":", StringComparison.Ordinal);
        // A host reads the variables of ASP.NET without their prefix.
        return Sections.SelectMany(s => s.Settings).Concat(Others).Any(s => Regex.IsMatch(asked, $"^{Pattern(s.Key).Replace("ASPNETCORE_", "(ASPNETCORE_)?", StringComparison.Ordinal)}$", RegexOptions.IgnoreCase));
    }

    /// <summary>Keys that the sources read by their name in a string.</summary>
    public IEnumerable<(string Path, string Key)> ReadByName() =>
        from file in Code()
        from Match match in ByName().Matches(file.Value)
        select (file.Key, match.Groups["connection"] is { Success: true } c ? "ConnectionStrings:" + c.Value : match.Groups["key"].Value);

    IEnumerable<KeyValuePair<string, string>> Code() => _tree.Files.Where(f =>
        f.Key.EndsWith(".cs", StringComparison.Ordinal) && (f.Key.StartsWith("services/", StringComparison.Ordinal) || f.Key.StartsWith("shared/", StringComparison.Ordinal)));

    Section Read(string type, string section)
    {
        var text = Declaration(type) ?? throw new InvalidOperationException($"{type}, bound to the section {section}, is declared nowhere in services/ or shared/.");
        return new Section(section, Words(text.Above), [.. Properties(section, text.Body)]);
    }

    // The lines above a class, and those from its name to its closing brace.
    (IEnumerable<string> Above, IEnumerable<string> Body)? Declaration(string type)
    {
        var declaration = new Regex($@"^(public |internal )?(sealed )?class {Regex.Escape(type)}\b", RegexOptions.Multiline);
        foreach (var text in Code().Select(f => f.Value))
            if (declaration.Match(text) is { Success: true } found)
                return (text[..found.Index].TrimEnd().Split('\n').Reverse().TakeWhile(l => l.StartsWith("///", StringComparison.Ordinal) || l.StartsWith('[')).Reverse(), text[found.Index..].Split('\n').TakeWhile(l => l != "}"));
        return null;
    }

    IEnumerable<Setting> Properties(string section, IEnumerable<string> body)
    {
        List<string> comment = [], attributes = [];
        foreach (var line in body)
        {
            if (line.Trim() is var trimmed && trimmed.StartsWith("///", StringComparison.Ordinal)) comment.Add(trimmed);
            else if (trimmed.StartsWith('[')) attributes.Add(trimmed);
            else
            {
                if (Property().Match(line) is { Success: true } property)
                    foreach (var setting in Of(section, property, Words(comment), string.Concat(attributes))) yield return setting;
                comment.Clear();
                attributes.Clear();
            }
        }
    }

    // One key, or those of the class that the property holds, one of or many.
    IEnumerable<Setting> Of(string section, Match property, string meaning, string attributes)
    {
        var (type, key, initial) = (property.Groups["type"].Value.TrimEnd('?'), $"{section}:{property.Groups["name"].Value}", property.Groups["initial"].Value);
        while (Many().Match(type) is { Success: true } many)
        {
            key += many.Groups["dictionary"].Success ? ":<name>" : ":<n>";
            type = many.Groups["dictionary"] is { Success: true } d ? d.Value : many.Groups["list"].Success ? many.Groups["list"].Value : many.Groups["array"].Value;
            initial = "";
        }
        if (Declaration(type) is { } nested) return Properties(key, nested.Body);
        var kind = type switch
        {
            "bool" => "`true`, `false`",
            "int" or "long" or "double" => "number",
            "TimeSpan" => "`hh:mm:ss`",
            _ => Choices(type) ?? "text",
        };
        if (Range().Match(attributes) is { Success: true } range) kind = $"{Value(range.Groups["from"].Value)} to {Value(range.Groups["to"].Value)}";
        if (initial.Length == 0 && !key.EndsWith('>')) initial = type switch { "bool" => "false", "int" or "long" or "double" => "0", _ => "" };
        return [new Setting(key, kind, Value(initial) is { Length: > 0 } value ? $"`{value}`" : "–", meaning)];
    }

    // A C# constant as one writes it in a configuration.
    static string Value(string code)
    {
        code = code.Trim().Trim('"');
        if (code is "" or "[]" or "null") return "";
        if (Span().Match(code) is { Success: true } span)
        {
            var count = double.Parse(span.Groups["count"].Value, CultureInfo.InvariantCulture);
            return (span.Groups["unit"].Value switch
            {
                "Milliseconds" => TimeSpan.FromMilliseconds(count),
                "Seconds" => TimeSpan.FromSeconds(count),
                "Minutes" => TimeSpan.FromMinutes(count),
                "Hours" => TimeSpan.FromHours(count),
                _ => TimeSpan.FromDays(count),
            }).ToString("c", CultureInfo.InvariantCulture);
        }
        if (Number().IsMatch(code))
        {
            var plain = code.Replace("_", "", StringComparison.Ordinal).Replace("L", "", StringComparison.Ordinal);
            if (plain.Split("<<") is [var number, var bits]) return (long.Parse(number, CultureInfo.InvariantCulture) << int.Parse(bits, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);
            return plain.Contains('*', StringComparison.Ordinal)
                ? plain.Split('*').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).Aggregate((a, b) => a * b).ToString(CultureInfo.InvariantCulture)
                : plain;
        }
        return EnumMember().Match(code) is { Success: true } member ? member.Groups["member"].Value : code;
    }

    string? Choices(string type)
    {
        var body = Code().Select(f => Regex.Match(f.Value, $@"\benum {Regex.Escape(type)}\s*\{{(?<body>[^}}]*)\}}")).FirstOrDefault(m => m.Success)?.Groups["body"].Value;
        return body is null ? null : string.Join(", ", Comment().Replace(body, "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(c => $"`{c}`"));
    }

    static string Words(IEnumerable<string> comment)
    {
        var text = string.Join(' ', comment.Where(l => l.StartsWith("///", StringComparison.Ordinal)).Select(l => l.TrimStart('/', ' ')));
        text = Code(Summary().Match(text) is { Success: true } summary ? summary.Groups["text"].Value : "");
        return Regex.Replace(text, @"\s+", " ").Trim();
    }

    static string Code(string text) => Regex.Replace(Regex.Replace(text, "</?c>", "`"), "<see cref=\"(?:[A-Z]:)?([^\"]+)\" ?/>", "`$1`")
        .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);

    static string Pattern(string key) => Regex.Replace(Regex.Escape(key), "<[^>]+>", "[^:]+");

    [GeneratedRegex(@"(AddValidatedOptions<(?<type>\w+)>\(|AddOptions<(?<type>\w+)>\(\)\s*\.BindConfiguration\()""(?<section>[\w:]+)""")]
    private static partial Regex Bound();

    [GeneratedRegex(@"onfiguration\[""(?<key>[\w:]+)""\]|GetConnectionString\(""(?<connection>\w+)""\)|GetValue<[\w?]+>\(""(?<key>[\w:]+)""")]
    private static partial Regex ByName();

    [GeneratedRegex(@"^    public (?<type>[\w<>\[\], ?]+) (?<name>\w+) \{ get; (set|init); \}( = (?<initial>.+);)?\s*$")]
    private static partial Regex Property();

    [GeneratedRegex(@"^(Dictionary<string, ?(?<dictionary>.+)>|(IReadOnly)?List<(?<list>.+)>|(?<array>.+)\[\])$")]
    private static partial Regex Many();

    [GeneratedRegex(@"Range\((?<from>[^,]+), (?<to>[^)]+)\)")]
    private static partial Regex Range();

    [GeneratedRegex(@"^TimeSpan\.From(?<unit>\w+)\((?<count>[\d.]+)\)$")]
    private static partial Regex Span();

    [GeneratedRegex(@"^[\d_.L*< -]+$")]
    private static partial Regex Number();

    [GeneratedRegex(@"^[A-Z]\w+\.(?<member>\w+)$")]
    private static partial Regex EnumMember();

    [GeneratedRegex("///[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex("<summary>(?<text>.*?)</summary>")]
    private static partial Regex Summary();
}
