using System.Globalization;
using System.Text.Json;
using ClaudeManage.Client;

namespace ClaudeManage.Cli.Doctor;

/// <summary>How one thing a fix did is taken back: a file's mode, or a file that was moved aside.</summary>
/// <param name="Mode">The mode it had; null for what was moved.</param>
/// <param name="MovedTo">Where it lies now; null for a mode.</param>
sealed record UndoStep(string Path, int? Mode = null, string? MovedTo = null);

/// <summary>What one run of <c>--fix</c> did.</summary>
sealed record FixRun(DateTimeOffset At, IReadOnlyList<FixDone> Fixes);

/// <summary>One fix of it.</summary>
sealed record FixDone(string Check, string Did, IReadOnlyList<UndoStep> Undo);

/// <summary>Remembers in the data directory what fixes did; the last run is taken back first, and only once.</summary>
sealed class UndoLog(string data, TimeProvider clock)
{
    string Root => Path.Combine(data, "doctor");

    /// <summary>Moves a file out of the way instead of deleting it.</summary>
    public UndoStep SetAside(string path)
    {
        var aside = Path.Combine(Private(Path.Combine(Root, "aside")).FullName, $"{Stamp()}-{Guid.NewGuid():N}-{Path.GetFileName(path)}");
        File.Move(path, aside);
        return new(path, MovedTo: aside);
    }

    /// <summary>Changes a file's or directory's mode.</summary>
    public static UndoStep SetMode(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("There are no modes on this system.");
        var before = File.GetUnixFileMode(path);
        File.SetUnixFileMode(path, mode);
        return new(path, Mode: (int)before);
    }

    public void Keep(IReadOnlyList<FixDone> fixes) =>
        File.WriteAllText(Path.Combine(Private(Root).FullName, $"fix-{Stamp()}.json"), JsonSerializer.Serialize(new FixRun(clock.GetUtcNow(), fixes), ClientJson.Options));

    /// <summary>Takes the last run back, in reverse; null when there is none. What cannot be taken back any more is said and skipped.</summary>
    public IReadOnlyList<string>? TakeBack()
    {
        if (!Directory.Exists(Root) || Directory.EnumerateFiles(Root, "fix-*.json").Order(StringComparer.Ordinal).LastOrDefault() is not { } file) return null;
        var run = JsonSerializer.Deserialize<FixRun>(File.ReadAllText(file), ClientJson.Options) ?? throw new JsonException($"{file} is empty.");
        var said = run.Fixes.Reverse().SelectMany(f => f.Undo.Count == 0 ? [$"{f.Check}: stays as it is ({f.Did})"] : f.Undo.Reverse().Select(u => $"{f.Check}: {Take(u)}")).ToList();
        File.Move(file, file + ".undone");
        return said;
    }

    static string Take(UndoStep step)
    {
        if (step.MovedTo is { } aside)
        {
            if (!File.Exists(aside)) return $"{step.Path} is not restored: {aside} is gone";
            if (File.Exists(step.Path)) return $"{step.Path} is not restored: there is another one by now; the old one stays at {aside}";
            File.Move(aside, step.Path);
            return $"{step.Path} is where it was";
        }
        if (step.Mode is not { } mode || OperatingSystem.IsWindows() || !Path.Exists(step.Path)) return $"{step.Path} is gone";
        File.SetUnixFileMode(step.Path, (UnixFileMode)mode);
        return $"{step.Path} has the mode {Convert.ToString(mode, 8)} again";
    }

    static DirectoryInfo Private(string path) => OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    string Stamp() => clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture);
}
