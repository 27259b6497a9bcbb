namespace ClaudeManage.Git;

/// <summary>
/// The mirror's configuration file. Worktrees share it, so whatever an agent sets with "git config" (a filter, a merge
/// driver, another origin) would be executed by the control plane; it is written anew before every use of ours.
/// </summary>
static class MirrorConfig
{
    public static void Write(string directory, string originUrl)
    {
        var path = Path.Combine(directory, "config");
        var wanted = Text(originUrl);
        if (File.Exists(path) && File.ReadAllText(path) == wanted) return;
        var temporary = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllText(temporary, wanted);
        File.Move(temporary, path, overwrite: true);
    }

    static string Text(string originUrl) => $"""
        [core]
        	repositoryformatversion = 0
        	filemode = true
        	bare = true
        	logAllRefUpdates = true
        [gc]
        	auto = 0
        [maintenance]
        	auto = false
        [remote "origin"]
        	url = "{originUrl.Replace("\\", "\\\\").Replace("\"", "\\\"")}"
        	fetch = +refs/heads/*:refs/remotes/origin/*

        """;
}
