using System.Text.RegularExpressions;

namespace ClaudeManage.Git;

/// <summary>
/// Locks of refs that a killed git left behind, in whose way every later one would fail. Git holds such a lock for moments and never while it waits
/// for somebody, so one that stays is nobody's. (Locks of an index are another matter: they are held for as long as an editor is open.)
/// </summary>
static partial class RefLocks
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until the locks that a call failed on are gone, or takes them away when they are older than any that is held. False: it failed on none.</summary>
    public static async Task<bool> ClearAsync(GitCall call, ProcessResult failed, CancellationToken ct)
    {
        if (call.Directory is not { } directory) return false;
        // Only what lies in this repository: the words may be an origin's.
        var inside = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + Path.DirectorySeparatorChar;
        var locks = InTheWay().Matches(failed.StdErr).Select(m => Path.GetFullPath(m.Groups["path"].Value)).Where(p => p.StartsWith(inside, StringComparison.Ordinal)).Distinct().ToList();
        foreach (var path in locks) await ClearAsync(path, ct);
        return locks.Count > 0;
    }

    static async Task ClearAsync(string path, CancellationToken ct)
    {
        while (File.Exists(path))
        {
            if (TimeProvider.System.GetUtcNow() - File.GetLastWriteTimeUtc(path) < Longest) await Task.Delay(Poll, TimeProvider.System, ct);
            else File.Delete(path);
        }
    }

    [GeneratedRegex(@"Unable to create '(?<path>/[^'\n]*(?:/refs/[^'\n]+|/packed-refs)\.lock)': File exists")]
    private static partial Regex InTheWay();
}
