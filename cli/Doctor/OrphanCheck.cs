using System.Text;
using ClaudeManage.Client;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Doctor;

/// <summary>Processes on this machine that carry a session's mark although that session is over.</summary>
static class OrphanCheck
{
    const string Name = "orphans";

    public static async Task<Finding> RunAsync(TownClient town, string procDirectory, CancellationToken ct)
    {
        var looked = $"processes with {ProcessMark.SessionVariable} in their environment";
        if (!Directory.Exists(procDirectory)) return Finding.NotChecked(Name, looked, "this system has no /proc");
        // Processes first: a session that begins meanwhile is then in the list, and none is taken for an orphan.
        var marked = Marked(procDirectory).ToList();
        var live = new HashSet<string>((await town.Sessions(live: true, limit: 500).SendAsync(ct)).Items.Select(s => s.Id.ToString()), StringComparer.OrdinalIgnoreCase);
        var orphans = new List<(int Pid, string Session)>();
        foreach (var (pid, session) in marked.Where(m => !live.Contains(m.Session)))
            if (await IsOursAsync(town, session, ct)) orphans.Add((pid, session));
        return orphans.Count == 0 ? Finding.Ok(Name, looked, $"{marked.Count} found, none without a session")
            : Finding.Failed(Name, looked, string.Join("; ", orphans.Take(10).Select(o => $"pid {o.Pid} of session {o.Session}")),
                "Their sessions are over. The town ends them at its next start, `cm doctor --fix` now.",
                new Fix($"ends the processes {string.Join(", ", orphans.Select(o => o.Pid))} (INT, TERM, KILL)", async token =>
                {
                    foreach (var group in orphans.GroupBy(o => o.Session))
                        if (ProcessIdentity.Of(group.First().Pid) is { } process) await new ProcessGroup(TimeProvider.System).StopAsync(process, ProcessMark.Session(group.Key), StopLadder.Default, token);
                    return [];
                }, CanUndo: false));
    }

    // Another town on this machine may run sessions of its own.
    static async Task<bool> IsOursAsync(TownClient town, string session, CancellationToken ct)
    {
        if (!Guid.TryParse(session, out var id)) return false;
        try { return (await town.Session(id).SendAsync(ct)).EndedAt is not null; }
        catch (TownProblemException e) when (e.Status == 404) { return false; }
    }

    static IEnumerable<(int Pid, string Session)> Marked(string procDirectory)
    {
        var prefix = ProcessMark.SessionVariable + "=";
        foreach (var directory in Directory.EnumerateDirectories(procDirectory))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId) continue;
            string? entry = null;
            try { entry = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(directory, "environ"))).Split('\0').FirstOrDefault(v => v.StartsWith(prefix, StringComparison.Ordinal)); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* gone, or somebody else's */ }
            if (entry is not null) yield return (pid, entry[prefix.Length..]);
        }
    }
}
