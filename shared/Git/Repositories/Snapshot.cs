namespace ClaudeManage.Git;

/// <summary>The whole state of one worktree as objects in the mirror; nothing in the worktree or its index was changed to make it.</summary>
/// <param name="Head">Null on a branch without commits, or when the administration is lost.</param>
/// <param name="Tree">The files as they lie there.</param>
/// <param name="Index">The staged tree, when it differs from both; null also during a conflict.</param>
/// <param name="Extra">Stashes and the ends of a merge or rebase in progress.</param>
sealed record Snapshot(string? Head, string Tree, string? Index, IReadOnlyList<string> Stashes, IReadOnlyList<string> Extra, bool FilesDiffer, IReadOnlyList<string> Warnings);

sealed class SnapshotTaker(Mirror mirror, string worktree)
{
    static readonly string[] InProgress = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge/orig-head", "rebase-apply/orig-head"];

    readonly string? admin = WorktreeAdmin.Find(mirror, worktree);
    readonly List<string> warnings = [];

    // The .git file in the worktree is never followed: it may be gone, or point anywhere.
    string GitDir => admin ?? mirror.Directory;

    public async Task<Snapshot> TakeAsync(CheckpointKey key, CancellationToken ct)
    {
        mirror.RestoreConfig();      // "git add" runs the filters configured there
        var head = admin is null ? await mirror.ResolveAsync("refs/heads/" + key.Branch, ct) : await CommitOrNull("HEAD", ct);
        var scratch = Directory.CreateTempSubdirectory("cm-index-");
        try
        {
            var index = Path.Combine(scratch.FullName, "index");
            var own = admin is null ? null : Path.Combine(admin, "index");
            if (own is not null && File.Exists(own)) File.Copy(own, index);
            else if (head is not null) await Run(index, ct, "read-tree", head);
            var headTree = head is null ? null : await new History(mirror).TreeOfAsync(head, ct);
            var staged = await StagedTree(index, ct);
            // Files deleted with the whole directory are not the agent's changes; what it had staged is.
            var tree = Directory.Exists(worktree) ? await FilesTree(index, head, ct) : staged ?? headTree ?? await Empty(ct);
            var differs = headTree is null ? tree != await Empty(ct) : tree != headTree;
            return new(head, tree, staged is not null && staged != tree && staged != headTree ? staged : null,
                await Stashes(key, ct), await Extra(ct), differs || (staged is not null && headTree is not null && staged != headTree), warnings);
        }
        finally { scratch.Delete(recursive: true); }
    }

    async Task<string?> StagedTree(string index, CancellationToken ct) =>
        File.Exists(index) && await Try(index, ct, "write-tree") is { Ok: true } r ? r.StdOut.Trim() : null;      // fails while files are unmerged

    async Task<string> FilesTree(string index, string? head, CancellationToken ct)
    {
        var added = await Try(index, ct, "add", "--all", "--ignore-errors", "--", ".");
        if (!added.Ok && added.StdErr.Contains("fatal:", StringComparison.Ordinal))
        {
            // A damaged index: start again from the commit, at the price of reading every file.
            File.Delete(index);
            if (head is not null) await Run(index, ct, "read-tree", head);
            added = await Try(index, ct, "add", "--all", "--ignore-errors", "--", ".");
        }
        if (!added.Ok) warnings.Add(GitRunner.Words(added));
        await InlineNested(index, head, ct);
        return (await Run(index, ct, "write-tree")).Trim();
    }

    /// <summary>git stores a repository inside the worktree as a bare commit id, without its files; those of new ones are put in as files.</summary>
    async Task InlineNested(string index, string? head, CancellationToken ct)
    {
        // "160000 <id> 0\t<path>"
        foreach (var path in (await Run(index, ct, "ls-files", "-z", "--stage")).Split('\0').Where(l => l.StartsWith("160000 ", StringComparison.Ordinal)).Select(l => l[(l.IndexOf('\t') + 1)..]))
        {
            if (head is not null && await Try(index, ct, "rev-parse", "--verify", "--quiet", "--end-of-options", $"{head}:{path}") is { Ok: true })
            {
                warnings.Add($"{path} is a submodule: changes inside it are not saved");
                continue;
            }
            var nested = new SnapshotTaker(mirror, Path.Combine(worktree, path));
            var inner = index + "-nested";
            File.Delete(inner);
            await nested.Try(inner, ct, "add", "--all", "--ignore-errors", "--", ".");
            var tree = (await nested.Run(inner, ct, "write-tree")).Trim();
            await Run(index, ct, "rm", "--cached", "--quiet", "-f", "--", path);
            await Run(index, ct, "read-tree", $"--prefix={path}/", tree);
            warnings.Add($"{path} is a repository of its own: its files are saved, its history is not");
        }
    }

    /// <summary>All worktrees share one stash list; ours are those made on our branch, or on none of ours ("WIP on &lt;branch&gt;: …", "On &lt;branch&gt;: …").</summary>
    async Task<IReadOnlyList<string>> Stashes(CheckpointKey key, CancellationToken ct)
    {
        var listed = await mirror.Git.TryAsync(new GitCall(mirror.Directory, "log", "--walk-reflogs", "--format=%H%x09%gs", "refs/stash", "--"), ct);
        if (!listed.Ok) return [];
        return [.. listed.StdOut.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t', 2))
            .Where(f => f[1].Contains($"on {key.Branch}:", StringComparison.OrdinalIgnoreCase) || !f[1].Contains("on cm/", StringComparison.OrdinalIgnoreCase))
            .Select(f => f[0])];
    }

    async Task<IReadOnlyList<string>> Extra(CancellationToken ct)
    {
        var found = new List<string>();
        foreach (var file in admin is null ? [] : InProgress)
            foreach (var line in (WorktreeAdmin.Read(Path.Combine(admin!, file)) ?? "").Split('\n'))
                if (GitNames.ValidateSha(line) is null && await CommitOrNull(line, ct) is { } commit) found.Add(commit);
        return found;
    }

    async Task<string?> CommitOrNull(string name, CancellationToken ct) =>
        await mirror.Git.TryAsync(new GitCall(mirror.Directory, $"--git-dir={GitDir}", "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"), ct) is { Ok: true } r ? r.StdOut.Trim() : null;

    async Task<string> Empty(CancellationToken ct) => (await mirror.Git.RunAsync(new GitCall(mirror.Directory, "mktree") { Input = "" }, ct)).Trim();

    Task<ProcessResult> Try(string index, CancellationToken ct, params string[] arguments) => mirror.Git.TryAsync(Call(index, arguments), ct);

    Task<string> Run(string index, CancellationToken ct, params string[] arguments) => mirror.Git.RunAsync(Call(index, arguments), ct);

    GitCall Call(string index, string[] arguments)
    {
        // With the directory gone there are no files to look at, only objects.
        var exists = Directory.Exists(worktree);
        string[] where = exists ? [$"--git-dir={GitDir}", $"--work-tree={worktree}", "-c", "core.bare=false"] : [$"--git-dir={GitDir}"];
        return new(exists ? worktree : mirror.Directory, [.. where, "-c", "advice.addEmbeddedRepo=false", .. arguments])
        {
            Environment = new Dictionary<string, string?> { ["GIT_INDEX_FILE"] = index },
            Timeout = TimeSpan.FromMinutes(10),
        };
    }
}
