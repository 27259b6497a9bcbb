using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ClaudeManage.Git;

/// <summary>The processes of this machine, read from /proc. Where there is no /proc (macOS) only single processes by pid are known.</summary>
static class ProcessTable
{
    /// <param name="Ticks">Processor time of it and of its children that ended, in clock ticks.</param>
    public readonly record struct Entry(int Pid, int Parent, int Group, int Session, long Start, bool Dead, long Ticks = 0);

    public static bool HasProc { get; } = File.Exists("/proc/self/stat");

    public static IEnumerable<Entry> All()
    {
        if (!HasProc) yield break;
        foreach (var dir in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(dir), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Find(pid) is { } entry)
                yield return entry;
    }

    /// <summary>Null when no such process exists. A zombie is an entry with <see cref="Entry.Dead"/> set: it holds a pid and nothing else.</summary>
    public static Entry? Find(int pid)
    {
        if (!HasProc) return FindWithoutProc(pid);
        string stat;
        try { stat = File.ReadAllText($"/proc/{pid}/stat"); }
        catch (Exception e) when (Vanished(e)) { return null; }
        return Parse(pid, stat);
    }

    /// <summary>
    /// "4242 (a name) with) S 1 4242 4242 0 …": the name may hold anything, so fields are counted from its last parenthesis.
    /// </summary>
    internal static Entry? Parse(int pid, string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 20) return null;
        int Int(int i) => int.Parse(fields[i], CultureInfo.InvariantCulture);
        // A zombie with threads is one whose first thread has ended: the others work on, or are still dying with their files open.
        var dead = fields[0] is "X" or "x" || fields[0] == "Z" && Int(17) <= 1;
        long Long(int i) => long.Parse(fields[i], CultureInfo.InvariantCulture);
        return new(pid, Int(1), Int(2), Int(3), Long(19), dead, Long(11) + Long(12) + Long(13) + Long(14));
    }

    public static bool Carries(int pid, ProcessMark mark)
    {
        byte[] environment;
        try { environment = File.ReadAllBytes($"/proc/{pid}/environ"); }
        catch (Exception e) when (Vanished(e)) { return false; }
        var wanted = Encoding.UTF8.GetBytes($"{mark.Name}={mark.Value}");
        foreach (var range in environment.AsSpan().Split((byte)0))
            if (environment.AsSpan()[range].SequenceEqual(wanted))
                return true;
        return false;
    }

    /// <summary>Live processes whose current directory is <paramref name="directory"/> or below it.</summary>
    public static IReadOnlyList<int> WorkingIn(string directory)
    {
        var found = new List<int>();
        foreach (var p in All().Where(p => !p.Dead && p.Pid != Environment.ProcessId))
        {
            string? cwd;
            try { cwd = new FileInfo($"/proc/{p.Pid}/cwd").LinkTarget; }
            catch (Exception e) when (Vanished(e)) { continue; }
            if (cwd is not null && (cwd + "/").StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal)) found.Add(p.Pid);
        }
        return found;
    }

    static Entry? FindWithoutProc(int pid)
    {
        try
        {
            using var p = Process.GetProcessById(pid);
            return new(pid, 0, pid, pid, p.StartTime.ToUniversalTime().Ticks, p.HasExited);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception) { return null; }
    }

    // A process may end between two reads; another user's process may not be looked into. Neither is ours to stop.
    static bool Vanished(Exception e) => e is IOException or UnauthorizedAccessException;
}
