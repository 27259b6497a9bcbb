namespace ClaudeManage.Git;

/// <summary>
/// Where git keeps what belongs to one worktree (&lt;mirror&gt;/worktrees/&lt;name&gt;: HEAD, index, merge state), found from the
/// mirror's side, so that it is known even when the worktree's own .git file is damaged or all of it was deleted.
/// </summary>
static class WorktreeAdmin
{
    const string OwnerFile = "cm-owner";

    public static string? Find(Mirror mirror, string worktree)
    {
        var all = Path.Combine(mirror.Directory, "worktrees");
        if (!Directory.Exists(all)) return null;
        var wanted = Path.Combine(worktree, ".git");
        return Directory.GetDirectories(all).FirstOrDefault(dir =>
            Read(Path.Combine(dir, "gitdir")) == wanted && File.Exists(Path.Combine(dir, "HEAD")));
    }

    /// <summary>The worktree's .git file says where its administration is; an agent may have changed or deleted it, or put a repository in its place.</summary>
    public static bool PointsTo(string worktree, string admin) =>
        new FileInfo(Path.Combine(worktree, ".git")) is { Exists: true, LinkTarget: null } && Read(Path.Combine(worktree, ".git")) == $"gitdir: {admin}";

    public static CheckpointKey? Owner(string admin) => CheckpointKey.TryParse(Read(Path.Combine(admin, OwnerFile)));

    public static void SetOwner(string admin, CheckpointKey key) => File.WriteAllText(Path.Combine(admin, OwnerFile), $"{key.Item}/{key.Fence}\n");

    public static string? Read(string path)
    {
        try { return File.ReadAllText(path).Trim(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }
}
