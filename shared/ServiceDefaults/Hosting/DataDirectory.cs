using Microsoft.Extensions.Configuration;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>
/// Where a town keeps what it owns: <c>db/</c>, <c>mirrors/</c>, <c>worktrees/</c>, <c>sessions/</c>, keys and tokens.
/// Configuration key <c>DataDirectory</c>; default <c>~/.claudemanage</c>.
/// </summary>
public sealed class DataDirectory(string root)
{
    /// <summary>Absolute path.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The directory a part of the suite keeps its things in; made when missing.</summary>
    public string For(params string[] parts) => Directory.CreateDirectory(Path.Combine([Root, .. parts])).FullName;

    /// <summary>The directory the configuration names.</summary>
    public static DataDirectory From(IConfiguration configuration) => new(configuration["DataDirectory"] is { Length: > 0 } configured
        ? configured
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".claudemanage"));
}
