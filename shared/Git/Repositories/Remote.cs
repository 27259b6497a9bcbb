namespace ClaudeManage.Git;

/// <summary>How the far end of a transfer is started.</summary>
static class Remote
{
    /// <summary>
    /// A local origin may belong to another user (a mounted directory in a container). The operator named it, so git's
    /// ownership check, which does not look at our command line on the far end, is answered there too.
    /// </summary>
    public static string[] Read(string url) => GitUrl.IsLocal(url) ? ["--upload-pack=git -c 'safe.directory=*' upload-pack"] : [];

    /// <summary>
    /// A checkout of the target branch moves along when it is clean; when not, git refuses and says so. The origin's own
    /// hooks do run: they are its rules of admission.
    /// </summary>
    public static string Write => "--receive-pack=git -c 'safe.directory=*' -c receive.denyCurrentBranch=updateInstead receive-pack";
}
