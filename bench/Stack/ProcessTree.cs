using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace ClaudeManage.Bench;

/// <summary>One process at one moment.</summary>
/// <param name="Cpu">Used so far by it and by those of its children that it has waited for.</param>
/// <param name="MiB">Memory, what is shared divided among its sharers.</param>
sealed record ProcessSample(int Id, string Name, TimeSpan Cpu, double MiB);

/// <summary>A process with everything it has started, as Linux tells.</summary>
[SupportedOSPlatform("linux")]
static partial class ProcessTree
{
    /// <summary>Linux counts processor time in hundredths of a second, whatever its own clock does.</summary>
    const double TicksPerSecond = 100;

    /// <summary>All of them now.</summary>
    public static IReadOnlyList<ProcessSample> Of(IEnumerable<int> roots)
    {
        var all = All().ToDictionary(p => p.Id);
        var (inside, wanted) = (new HashSet<int>(), new Queue<int>(roots.Where(all.ContainsKey)));
        while (wanted.TryDequeue(out var id))
            if (inside.Add(id)) foreach (var child in all.Values.Where(p => p.Parent == id)) wanted.Enqueue(child.Id);
        return [.. inside.Select(id => new ProcessSample(id, Name(id, all[id].Command), TimeSpan.FromSeconds(all[id].Ticks / TicksPerSecond), MiB(id)))];
    }

    static IEnumerable<(int Id, int Parent, string Command, long Ticks)> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) || Read($"/proc/{id}/stat") is not { Length: > 0 } stat) continue;
            // The command is in parentheses and may hold anything; the fields after it begin with the state, field 3.
            var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
            var fields = stat[(close + 2)..].Split(' ');
            yield return (id, int.Parse(fields[1], CultureInfo.InvariantCulture), stat[(open + 1)..close], fields[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture)));
        }
    }

    static string Name(int id, string command)
    {
        var line = Read($"/proc/{id}/cmdline").Replace('\0', ' ');
        return Service().Match(line) is { Success: true } service ? service.Groups[1].Value.ToLowerInvariant() : line.Contains(" stack up ", StringComparison.Ordinal) ? "keeper" : command;
    }

    static double MiB(int id) => Proportional().Match(Read($"/proc/{id}/smaps_rollup")) is { Success: true } pss ? long.Parse(pss.Groups[1].Value, CultureInfo.InvariantCulture) / 1024.0 : 0;

    // It may end while it is looked at.
    static string Read(string file)
    {
        try { return File.ReadAllText(file); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }

    [GeneratedRegex(@"/ClaudeManage\.(\w+)\.dll")]
    private static partial Regex Service();

    [GeneratedRegex(@"^Pss:\s+(\d+) kB", RegexOptions.Multiline)]
    private static partial Regex Proportional();
}
