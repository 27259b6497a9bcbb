using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClaudeManage.Cli.Hosting;

/// <summary>
/// What a person set once: <c>~/.config/claudemanage/config.json</c>, or the file named in <c>CM_CONFIG</c>. It may hold a token, so
/// only its owner may read it.
/// </summary>
sealed class Settings
{
    /// <summary>The keys there are, with what they mean.</summary>
    public static readonly IReadOnlyDictionary<string, string> Keys = new Dictionary<string, string>
    {
        ["url"] = "address of the town, e.g. http://127.0.0.1:7117",
        ["token"] = "bearer token for that town",
        ["data"] = "data directory of a town on this machine",
    };

    readonly Dictionary<string, string> _values;

    Settings(string path, Dictionary<string, string> values) => (Path, _values) = (path, values);

    public string Path { get; }

    public string? this[string key] => _values.GetValueOrDefault(key);

    public IReadOnlyDictionary<string, string> Values => _values;

    public static Settings Read(Terminal terminal)
    {
        var path = terminal.Variable("CM_CONFIG") is { Length: > 0 } named ? named
            : System.IO.Path.Combine(terminal.Variable("XDG_CONFIG_HOME") is { Length: > 0 } xdg ? xdg : System.IO.Path.Combine(terminal.Home, ".config"), "claudemanage", "config.json");
        if (!File.Exists(path)) return new(path, []);
        try
        {
            var values = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path)) ?? [];
            if (values.Keys.FirstOrDefault(k => !Keys.ContainsKey(k)) is { } unknown)
                throw new CommandFailedException(ExitCodes.Usage, $"{path} has the key '{unknown}', which does not exist. The keys are {string.Join(", ", Keys.Keys)}.");
            return new(path, values);
        }
        catch (JsonException e) { throw new CommandFailedException(ExitCodes.Usage, $"{path} is not a JSON object of texts: {e.Message} Correct it, or remove it."); }
    }

    /// <summary>Writes one key; null removes it.</summary>
    public void Set(string key, string? value)
    {
        if (value is null) _values.Remove(key);
        else _values[key] = value;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        var next = Path + ".new";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(next, options))
            writer.WriteLine(JsonSerializer.Serialize(new JsonObject(_values.OrderBy(v => v.Key).Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))), IndentedOptions));
        File.Move(next, Path, overwrite: true);
    }

    static readonly JsonSerializerOptions IndentedOptions = new() { WriteIndented = true };
}
