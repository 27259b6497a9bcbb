namespace ClaudeManage.Cli.Hosting;

/// <summary>Which town is meant, and as whom.</summary>
/// <param name="Source">Where the address came from, for messages.</param>
sealed record TownLocation(Uri Url, string? Token, string Source, string DataDirectory);

/// <summary>Finds the town: <c>--url</c>, <c>CM_URL</c>, the configuration, else the one that runs on the data directory.</summary>
sealed class TownFinder(Terminal terminal, string? urlOption, string? dataOption)
{
    Settings? _settings;

    Settings Settings => _settings ??= Settings.Read(terminal);

    /// <summary>The data directory of a town on this machine.</summary>
    public string DataDirectory => Path.GetFullPath(
        dataOption ?? NonEmpty(terminal.Variable("CM_DATA")) ?? Settings["data"] ?? Path.Combine(terminal.Home, ".claudemanage"), terminal.Directory);

    /// <summary>Whether commands find that town without being told.</summary>
    public bool IsDefaultData => DataDirectory == Path.GetFullPath(new TownFinder(terminal, null, null).DataDirectory);

    /// <exception cref="CommandFailedException">No address anywhere, or one that is none.</exception>
    public TownLocation Find()
    {
        // --data names a town on this machine and wins over what is configured.
        var (text, source) = urlOption is not null ? (urlOption, "--url")
            : dataOption is not null ? (Announced(), Path.Combine(DataDirectory, "town.url"))
            : NonEmpty(terminal.Variable("CM_URL")) is { } variable ? (variable, "CM_URL")
            : Settings["url"] is { } configured ? (configured, Settings.Path)
            : (Announced(), Path.Combine(DataDirectory, "town.url"));
        if (text is null)
            throw new CommandFailedException(ExitCodes.NotReachable, $"No town runs on {DataDirectory}. Start one with `cm up`, or name another with --url, --data or CM_URL.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new CommandFailedException(ExitCodes.Usage, $"'{text}' ({source}) is not an http or https address.");
        return new TownLocation(url, TokenFor(url), source, DataDirectory);
    }

    string? Announced() => ReadLine(Path.Combine(DataDirectory, "town.url"));

    // The overseer's token goes only to the town that wrote it, never to an address from elsewhere.
    string? TokenFor(Uri url) =>
        NonEmpty(terminal.Variable("CM_TOKEN")) ?? (dataOption is null ? Settings["token"] : null)
        ?? (Announced() is { } own && Uri.TryCreate(own, UriKind.Absolute, out var ownUrl) && SameOrigin(ownUrl, url) ? ReadLine(Path.Combine(DataDirectory, "overseer.token")) : null);

    static bool SameOrigin(Uri a, Uri b) => Uri.Compare(a, b, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;

    static string? ReadLine(string path)
    {
        try { return File.Exists(path) ? NonEmpty(File.ReadLines(path).FirstOrDefault()?.Trim()) : null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }

    static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
