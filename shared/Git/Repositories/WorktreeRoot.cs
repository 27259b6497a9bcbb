namespace ClaudeManage.Git;

/// <summary>The one directory below which worktrees are made and removed; nothing outside is ever touched, also not through a symbolic link.</summary>
sealed class WorktreeRoot
{
    public WorktreeRoot(string root)
    {
        if (!Path.IsPathFullyQualified(root)) throw new ArgumentException($"{root} is not an absolute path");
        Directory.CreateDirectory(root);
        Real = RealPath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)));
        if (Real == "/") throw new ArgumentException("the file system's root is no place for worktrees");
    }

    /// <summary>With links resolved, as git writes it down.</summary>
    public string Real { get; }

    /// <exception cref="ArgumentException">The name leads out of the root, or through a link.</exception>
    public string PathOf(string name)
    {
        foreach (var part in name.Split('/')) GitNames.Checked(GitNames.ValidatePart(part), part);
        var path = Real;
        foreach (var part in name.Split('/'))
        {
            path = Path.Combine(path, part);
            if (new DirectoryInfo(path).LinkTarget is not null || new FileInfo(path).LinkTarget is not null)
                throw new ArgumentException($"{path} is a symbolic link");
        }
        return path;
    }

    static string RealPath(string path)
    {
        if (path is "/" or "") return "/";
        var self = Path.Combine(RealPath(Path.GetDirectoryName(path)!), Path.GetFileName(path));
        return new DirectoryInfo(self).ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : self;
    }
}
