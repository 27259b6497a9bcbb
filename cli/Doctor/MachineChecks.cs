using System.Globalization;
using System.Text.RegularExpressions;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Doctor;

/// <summary>What can be checked without a town: git, the data directory, the token file.</summary>
static partial class MachineChecks
{
    static readonly Version OldestGit = new(2, 38);      // merge-tree --write-tree
    const long LowDisk = 1L << 30;
    const long NoDisk = 100L << 20;

    public static async Task<Finding> GitAsync(CancellationToken ct)
    {
        const string name = "git", looked = "git --version";
        var run = await new ProcessRunner().RunAsync(new ProcessSpec("git", ["--version"]) { Timeout = TimeSpan.FromSeconds(10) }, ct);
        if (!run.Ok) return Finding.Failed(name, looked, $"git does not run: {(run.Reason ?? run.StdErr).Trim()}", $"Install git {OldestGit} or newer.");
        if (Number().Match(run.StdOut) is not { Success: true } m) return Finding.Warning(name, looked, $"unknown version: {run.StdOut.Trim()}", $"git {OldestGit} or newer is needed.");
        var version = new Version(int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture));
        return version >= OldestGit ? Finding.Ok(name, looked, run.StdOut.Trim()) : Finding.Failed(name, looked, run.StdOut.Trim(), $"Merging needs git {OldestGit} or newer.");
    }

    public static Finding DataDirectory(string data)
    {
        const string name = "data directory";
        if (!Directory.Exists(data)) return Finding.Ok(name, data, "not there yet; `cm up` makes it");
        try
        {
            var probe = Path.Combine(data, $".doctor-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "x");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return Finding.Failed(name, data, $"cannot be written: {e.Message}", "Make it yours (chown), make room, or choose another with --data."); }
        if (OperatingSystem.IsWindows()) return Finding.Ok(name, data, "writable");
        var mode = File.GetUnixFileMode(data);
        return (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead)) == 0 ? Finding.Ok(name, data, $"writable, mode {Octal(mode)}")
            : Finding.Warning(name, data, $"others may look into it: mode {Octal(mode)}", $"chmod 700 {data}, or `cm doctor --fix`.", ModeFix(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    public static Finding DiskSpace(string data)
    {
        const string name = "disk space";
        var at = data;
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } above) at = above;
        var free = new DriveInfo(at).AvailableFreeSpace;
        var found = $"{free / (1L << 20):N0} MiB free";
        return free < NoDisk ? Finding.Failed(name, at, found, "Make room: a town with a full disk stops taking work.")
            : free < LowDisk ? Finding.Warning(name, at, found, "Make room soon: mirrors, worktrees and transcripts grow.")
            : Finding.Ok(name, at, found);
    }

    public static Finding TokenFile(string data)
    {
        const string name = "token file";
        var path = Path.Combine(data, "overseer.token");
        if (!File.Exists(path)) return Finding.NotChecked(name, path, "not there: no town was started here");
        if (OperatingSystem.IsWindows()) return Finding.NotChecked(name, path, "no modes on this system");
        var mode = File.GetUnixFileMode(path);
        return mode == (UnixFileMode.UserRead | UnixFileMode.UserWrite) ? Finding.Ok(name, path, "mode 600")
            : Finding.Failed(name, path, $"mode {Octal(mode)}; it should be 600", $"chmod 600 {path}. If others may have read it, restart the town with a new key.", ModeFix(path, UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    /// <summary>What a town that is gone left behind misleads whoever looks for one.</summary>
    public static Finding Leftovers(string data, bool running, UndoLog undo)
    {
        const string name = "leftovers";
        if (running) return Finding.Ok(name, data, "a town runs here");
        var left = new[] { "town.url", "town.pid" }.Select(f => Path.Combine(data, f)).Where(File.Exists).ToList();
        return left.Count == 0 ? Finding.Ok(name, data, "none")
            : Finding.Warning(name, data, $"no town runs here, and it left {string.Join(", ", left.Select(Path.GetFileName))}", "`cm up` replaces them; `cm doctor --fix` moves them aside.",
                new Fix($"moves {string.Join(", ", left)} aside", _ => Task.FromResult<IReadOnlyList<UndoStep>>([.. left.Where(File.Exists).Select(undo.SetAside)]), CanUndo: true));
    }

    /// <summary>A setting nobody reads is a mistake that nobody sees.</summary>
    public static Finding Config(Settings settings) => !File.Exists(settings.Path) ? Finding.Ok("config", settings.Path, "not there; defaults count")
        : OperatingSystem.IsWindows() || (File.GetUnixFileMode(settings.Path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) == 0 || settings["token"] is null ? Finding.Ok("config", settings.Path, $"{settings.Values.Count} keys, all known")
        : Finding.Failed("config", settings.Path, $"it holds a token and others may read it: mode {Octal(File.GetUnixFileMode(settings.Path))}", $"chmod 600 {settings.Path}, or `cm doctor --fix`.", ModeFix(settings.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite));

    static Fix ModeFix(string path, UnixFileMode mode) =>
        new($"sets the mode of {path} to {Octal(mode)}", _ => Task.FromResult<IReadOnlyList<UndoStep>>([UndoLog.SetMode(path, mode)]), CanUndo: true);

    static string Octal(UnixFileMode mode) => Convert.ToString((int)mode & 0x1FF, 8);

    [GeneratedRegex(@"(\d+)\.(\d+)")]
    private static partial Regex Number();
}
