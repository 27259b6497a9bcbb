using System.Globalization;

namespace ClaudeManage.Git;

/// <summary>
/// One process for all time: a pid alone is reused within hours, a pid with its start time is not, and the boot id
/// tells the same numbers after a restart of the machine apart.
/// </summary>
/// <param name="Start">Start time as the kernel counts it (Linux: clock ticks since boot, /proc/pid/stat field 22); 0 when it had ended before it could be read.</param>
/// <param name="Boot">The machine's boot id; empty where there is none.</param>
public readonly record struct ProcessIdentity(int Pid, long Start, string Boot)
{
    static readonly string ThisBoot = ReadBoot();

    /// <summary>The identity of a running process; null when there is none with that pid.</summary>
    public static ProcessIdentity? Of(int pid) => ProcessTable.Find(pid) is { } p ? new(pid, p.Start, ThisBoot) : null;

    internal static ProcessIdentity Ended(int pid) => new(pid, 0, ThisBoot);

    internal bool OfThisBoot => Boot == ThisBoot;

    /// <summary>"pid:start:boot", for a row or a file.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid}:{Start}:{Boot}");

    public static bool TryParse(string? text, out ProcessIdentity identity)
    {
        var parts = (text ?? "").Split(':', 3);
        var ok = parts.Length == 3
            & int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            & long.TryParse(parts.ElementAtOrDefault(1), NumberStyles.None, CultureInfo.InvariantCulture, out var start);
        identity = ok && pid > 1 ? new(pid, start, parts[2]) : default;
        return ok && pid > 1;
    }

    static string ReadBoot()
    {
        try { return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(); }
        catch (IOException) { return ""; }
        catch (UnauthorizedAccessException) { return ""; }
    }
}

/// <summary>An environment variable that a process hands on to all its descendants, whatever group or session they move to.</summary>
public readonly record struct ProcessMark(string Name, string Value)
{
    public const string SessionVariable = "CLAUDEMANAGE_SESSION";

    internal const string RunVariable = "CLAUDEMANAGE_RUN";

    /// <summary>The mark of an agent session.</summary>
    public static ProcessMark Session(string id) => new(SessionVariable, id);
}
