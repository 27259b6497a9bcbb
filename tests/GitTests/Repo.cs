using ClaudeManage.Git;

namespace ClaudeManage.GitTests;


public abstract class RepoTest : IDisposable
{
    readonly TempDir dir = new();
    readonly ProcessRunner processes = new();

    protected RepoTest()
    {
        Git = new(processes);
        Origin = At("origin.git");
        Clone = At("clone");
    }

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;
    protected static DateTimeOffset Noon { get; } = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    protected static GitIdentity Bot { get; } = new("Refinery", "refinery@town");
    protected GitRunner Git { get; }
    protected string Origin { get; }
    protected string Clone { get; }

    public void Dispose()
    {
        dir.Dispose();
        GC.SuppressFinalize(this);
    }

    protected string At(params string[] parts) => dir.At(parts);

    /// <summary>Plain git as a person would call it; fails the test with git's words.</summary>
    protected async Task<string> G(string at, params string[] args)
    {
        string[] identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
        var r = await processes.RunAsync(new("git", [.. identity, .. args]) { WorkingDirectory = at, Environment = new Dictionary<string, string?> { ["GIT_EDITOR"] = "true" } }, Ct);
        Assert.True(r.Ok, $"git {string.Join(' ', args)}: {r.StdErr}{r.StdOut}");
        return r.StdOut.Trim();
    }

    protected async Task<string> Commit(string at, string file, string text, string message = "work")
    {
        Write(at, file, text);
        await G(at, "add", "--all");
        await G(at, "commit", "-q", "-m", message);
        return await G(at, "rev-parse", "HEAD");
    }

    protected static void Write(string at, string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(at, file))!);
        File.WriteAllText(Path.Combine(at, file), text);
    }

    protected static string Read(string at, string file) => File.ReadAllText(Path.Combine(at, file));

    /// <summary>origin.git (bare) with main and one commit, clone (a person's), and the mirror.</summary>
    protected async Task<Mirror> MirrorAsync()
    {
        await G(At(), "init", "-q", "--bare", "-b", "main", Origin);
        await G(At(), "clone", "-q", Origin, Clone);
        await G(Clone, "checkout", "-q", "-B", "main");
        await Commit(Clone, "README", "hello\n", "first");
        await G(Clone, "push", "-q", "origin", "main");
        var mirror = new Mirror(At("mirrors", "rig.git"), Origin, Git);
        await mirror.EnsureAsync(Ct);
        return mirror;
    }

    /// <summary>A branch in the person's clone, pushed and fetched; its commit.</summary>
    protected async Task<string> Branch(Mirror mirror, string name, string file, string text, string from = "main")
    {
        await G(Clone, "checkout", "-q", "-B", name, from);
        var commit = await Commit(Clone, file, text, $"change {file}");
        await G(Clone, "push", "-q", "-f", "origin", name);
        await mirror.FetchAsync(Ct);
        return commit;
    }

    protected async Task<string> Show(Mirror mirror, string commit, string file) => await G(mirror.Directory, "show", $"{commit}:{file}");
}
