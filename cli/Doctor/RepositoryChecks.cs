using ClaudeManage.Git;

namespace ClaudeManage.Cli.Doctor;

/// <summary>The mirrors and worktrees in a town's data directory. Nothing of anybody's work is removed.</summary>
sealed class RepositoryChecks(string data, UndoLog undo, TimeProvider clock)
{
    /// <summary>A git that runs for so long with one lock does not run any more.</summary>
    static readonly TimeSpan StaleLock = TimeSpan.FromMinutes(30);

    readonly ProcessRunner _git = new(clock);

    string Mirrors => Path.Combine(data, "mirrors");

    /// <summary>Whether git takes each mirror for a repository, and whether a lock was left behind.</summary>
    public async Task<IReadOnlyList<Finding>> MirrorsAsync(CancellationToken ct)
    {
        const string name = "mirrors";
        if (!Directory.Exists(Mirrors)) return [Finding.NotChecked(name, Mirrors, "not there: no rig with a repository was used here")];
        var (findings, all) = (new List<Finding>(), Directory.GetDirectories(Mirrors, "*.git"));
        foreach (var mirror in all.Order(StringComparer.Ordinal))
        {
            var run = await RunAsync(mirror, ct, "rev-parse", "--is-bare-repository");
            if (!run.Ok || run.StdOut.Trim() != "true")
            {
                findings.Add(Finding.Failed(name, mirror, $"git does not take it for a repository: {(run.Reason ?? run.StdErr).Trim()}", "Stop the town, move it away and start again: it is made anew from the rig's repository. Keep the old one: checkpoints are in it."));
                continue;
            }
            var before = clock.GetUtcNow() - StaleLock;
            var locks = Directory.EnumerateFiles(mirror, "*.lock", SearchOption.AllDirectories).Where(f => !f.StartsWith(Path.Combine(mirror, "objects"), StringComparison.Ordinal) && File.GetLastWriteTimeUtc(f) < before.UtcDateTime).ToList();
            if (locks.Count > 0)
                findings.Add(Finding.Failed(name, mirror, $"git left {locks.Count} lock files behind: {string.Join(", ", locks.Select(l => Path.GetRelativePath(mirror, l)).Take(3))}", "Nothing can be written there until they are gone: `cm doctor --fix`.",
                    new Fix($"moves {string.Join(", ", locks)} aside", _ => Task.FromResult<IReadOnlyList<UndoStep>>([.. locks.Where(File.Exists).Select(undo.SetAside)]), CanUndo: true)));
        }
        return findings.Count > 0 ? findings : [Finding.Ok(name, Mirrors, $"{all.Length} of {all.Length} are repositories, no lock was left behind")];
    }

    /// <summary>Worktrees whose directory is gone (git still has them on its list), and directories that no mirror knows.</summary>
    public async Task<IReadOnlyList<Finding>> WorktreesAsync(CancellationToken ct)
    {
        const string name = "worktrees";
        if (!Directory.Exists(Mirrors)) return [Finding.NotChecked(name, Mirrors, "not there: no rig with a repository was used here")];
        var (findings, known) = (new List<Finding>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var mirror in Directory.GetDirectories(Mirrors, "*.git").Order(StringComparer.Ordinal))
        {
            var list = await RunAsync(mirror, ct, "worktree", "list", "--porcelain", "-z");
            if (!list.Ok) continue;     // the mirrors' check says so
            var paths = list.StdOut.Split('\0').Where(l => l.StartsWith("worktree ", StringComparison.Ordinal)).Select(l => l["worktree ".Length..]).Where(p => p != mirror).ToList();
            known.UnionWith(paths);
            var gone = paths.Where(p => !Directory.Exists(p)).ToList();
            if (gone.Count > 0)
                findings.Add(Finding.Warning(name, mirror, $"{gone.Count} worktrees on git's list are gone: {string.Join(", ", gone.Take(3))}", "Their branches cannot be checked out elsewhere until git forgets them: `cm doctor --fix`.",
                    new Fix($"has git forget {string.Join(", ", gone)} (git worktree prune); branches and checkpoints stay", async token =>
                    {
                        var pruned = await RunAsync(mirror, token, "worktree", "prune", "--expire", "now");
                        return pruned.Ok ? [] : throw new IOException($"git worktree prune: {pruned.StdErr.Trim()}{pruned.Reason}");
                    }, CanUndo: false)));
        }
        var strangers = Strangers(known).ToList();
        if (strangers.Count > 0)
            findings.Add(Finding.Warning(name, Path.Combine(data, "worktrees"), $"no mirror knows {string.Join(", ", strangers.Take(3))}", "Somebody's work may be in it: look, then remove it by hand."));
        return findings.Count > 0 ? findings : [Finding.Ok(name, Path.Combine(data, "worktrees"), $"{known.Count} on git's list, all there")];
    }

    // worktrees/RIG/…: a worktree has a file .git that leads to its mirror.
    IEnumerable<string> Strangers(HashSet<string> known)
    {
        var root = Path.Combine(data, "worktrees");
        if (!Directory.Exists(root)) yield break;
        foreach (var file in Directory.EnumerateFiles(root, ".git", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.ReparsePoint }))
            if (Path.GetDirectoryName(file) is { } directory && !known.Contains(directory)) yield return directory;
    }

    Task<ProcessResult> RunAsync(string mirror, CancellationToken ct, params string[] arguments) =>
        _git.RunAsync(new ProcessSpec("git", ["-C", mirror, .. arguments]) { Timeout = TimeSpan.FromSeconds(30), Environment = new Dictionary<string, string?> { ["GIT_TERMINAL_PROMPT"] = "0" } }, ct);
}
