using System.Globalization;

namespace ClaudeManage.Town;

/// <summary>How to start a town in one process.</summary>
/// <param name="DataDirectory">Where it keeps everything; null for <c>~/.claudemanage</c>.</param>
/// <param name="Port">Port on 127.0.0.1; 0 takes a free one.</param>
/// <param name="Settings">Configuration keys that win over files and environment.</param>
public sealed record TownHostOptions(string? DataDirectory = null, int Port = TownHostOptions.DefaultPort, IReadOnlyDictionary<string, string?>? Settings = null)
{
    /// <summary>The port of a town nobody configured.</summary>
    public const int DefaultPort = 7117;

    /// <summary>The directory with its default filled in, absolute.</summary>
    public string Root => Path.GetFullPath(DataDirectory ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".claudemanage"));

    /// <summary><c>--data DIR</c>, <c>--port N</c>, and <c>--Key=value</c> or <c>--Key value</c> for configuration keys.</summary>
    public static TownHostOptions FromArguments(string[] args)
    {
        string? data = null;
        var port = DefaultPort;
        var settings = new Dictionary<string, string?>();
        for (var i = 0; i < args.Length; i++)
        {
            var (key, value) = args[i].Split('=', 2) is [var k, var v] ? (k, v) : (args[i], i + 1 < args.Length ? args[++i] : null);
            switch (key)
            {
                case "--data": data = value; break;
                case "--port": port = int.Parse(value ?? "", NumberStyles.None, CultureInfo.InvariantCulture); break;
                default: settings[key.TrimStart('-')] = value; break;
            }
        }
        return new TownHostOptions(data, port, settings);
    }
}
