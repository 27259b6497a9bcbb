namespace ClaudeManage.Tests.Servers;

/// <summary>A directory of its own, deleted at the end; kept, and named on the console, when <c>CM_KEEP=1</c>.</summary>
public sealed class ScratchDirectory : IDisposable
{
    const int MostTries = 1_000;

    public ScratchDirectory(string name = "cm") =>
        Path = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), Unique.Name(name))).FullName;

    public string Path { get; }

    /// <summary>The full path of something in it, for instance <c>scratch["town", "work.db"]</c>.</summary>
    public string this[params string[] parts] => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose()
    {
        if (TestServers.Environment("CM_KEEP") == "1")
        {
            Console.WriteLine($"kept: {Path}");
            return;
        }

        // A push into a repository here may be just ending, and its files come and go under who deletes them.
        for (var pause = new SpinWait(); Directory.Exists(Path); pause.SpinOnce())
        {
            try { Directory.Delete(Path, recursive: true); }
            catch (IOException) when (pause.Count < MostTries) { }
        }
    }
}
