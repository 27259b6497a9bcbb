using ClaudeManage.Git;

namespace ClaudeManage.RefineryTests;

/// <summary>A real repository to land in, and a clone beside it in which people and agents work.</summary>
sealed class Origin : IAsyncDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("cm-origin-").FullName;
    readonly ProcessRunner _processes = new();

    public string Url => Path.Combine(_root, "origin");

    string Clone => Path.Combine(_root, "clone");

    /// <param name="bare">False: a person's own checkout, with main checked out.</param>
    public static async Task<Origin> CreateAsync(bool bare = true, params (string Path, string Text)[] files)
    {
        var origin = new Origin();
        await origin.GitAsync(origin._root, ["init", "-q", "-b", "main", .. bare ? ["--bare"] : Array.Empty<string>(), "origin"]);
        await origin.GitAsync(origin._root, ["clone", "-q", origin.Url, "clone"]);
        await origin.GitAsync(origin.Clone, ["checkout", "-q", "-B", "main"]);
        await origin.CommitAsync("begin", [("README", "hello\n"), .. files]);
        await origin.GitAsync(origin.Clone, bare ? ["push", "-q", "origin", "main"] : ["push", "-q", "origin", "main:begin"]);
        if (!bare) await origin.GitAsync(origin.Url, ["reset", "-q", "--hard", "begin"]);
        return origin;
    }

    /// <summary>A branch off main with one commit, pushed. Its commit.</summary>
    public async Task<string> BranchAsync(string name, params (string Path, string? Text)[] files)
    {
        var commit = await PrepareAsync(name, files);
        await PushAsync(name);
        return commit;
    }

    /// <summary>The same off another branch.</summary>
    public async Task<string> BranchOnAsync(string name, string other, params (string Path, string? Text)[] files)
    {
        var commit = await PrepareAsync(name, files, other);
        await PushAsync(name);
        return commit;
    }

    /// <summary>A branch that is not pushed yet.</summary>
    public Task<string> PrepareAsync(string name, params (string Path, string? Text)[] files) => PrepareAsync(name, files, "main");

    async Task<string> PrepareAsync(string name, (string Path, string? Text)[] files, string from)
    {
        await GitAsync(Clone, ["fetch", "-q", "origin"]);
        await GitAsync(Clone, ["checkout", "-q", "-B", name, "origin/" + from]);
        return await CommitAsync($"work on {name}", files);
    }

    public Task PushAsync(string name) => GitAsync(Clone, ["push", "-q", "-f", "origin", $"{name}:refs/heads/{name}"]);

    /// <summary>Somebody pushes to main past the queue.</summary>
    public async Task<string> PushToMainAsync(params (string Path, string? Text)[] files)
    {
        await GitAsync(Clone, ["fetch", "-q", "origin"]);
        await GitAsync(Clone, ["checkout", "-q", "--detach", "origin/main"]);
        var commit = await CommitAsync("past the queue", files);
        await GitAsync(Clone, ["push", "-q", "origin", "HEAD:refs/heads/main"]);
        return commit;
    }

    public async Task<string> TipAsync(string branch = "main") => (await GitAsync(Url, ["rev-parse", "refs/heads/" + branch])).Trim();

    public async Task<bool> ExistsAsync(string branch) => (await GitAsync(Url, ["branch", "--list", "--", branch])).Length > 0;

    /// <summary>The landings on main, oldest first.</summary>
    public async Task<IReadOnlyList<string>> FirstParentsAsync() =>
        (await GitAsync(Url, ["rev-list", "--first-parent", "--reverse", "main"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public Task<string> MessageAsync(string commit) => GitAsync(Url, ["log", "-1", "--format=%B", commit]);

    public Task<string> ShowAsync(string format, string commit) => GitAsync(Url, ["log", "-1", "--format=" + format, commit]);

    public Task<string> FilesAsync(string commit) => GitAsync(Url, ["ls-tree", "-r", "--name-only", commit]);

    public Task<string> FileAsync(string commit, string path) => GitAsync(Url, ["show", $"{commit}:{path}"]);

    /// <summary>A hook of the repository's own people.</summary>
    public void Hook(string name, string script)
    {
        var path = Path.Combine(Url, "hooks", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path + ".new", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>A ref under a name that only plumbing makes.</summary>
    public Task RefAsync(string name, string at) => GitAsync(Url, ["update-ref", name, at]);

    public void Hide() => Directory.Move(Url, Url + ".away");

    public void ShowAgain() => Directory.Move(Url + ".away", Url);

    /// <summary>Work in the origin's own checkout that nobody committed.</summary>
    public void MakeDirty() => File.WriteAllText(Path.Combine(Url, "README"), "unsaved\n");

    public Task CleanAsync() => GitAsync(Url, ["checkout", "-q", "--", "README"]);

    async Task<string> CommitAsync(string message, IEnumerable<(string Path, string? Text)> files)
    {
        foreach (var (path, text) in files)
        {
            var full = Path.Combine(Clone, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            if (text is null) File.Delete(full);
            else await File.WriteAllTextAsync(full, text);
        }
        await GitAsync(Clone, ["add", "-A"]);
        await GitAsync(Clone, ["-c", "user.name=Nux", "-c", "user.email=nux@example.invalid", "commit", "-q", "-m", message]);
        return (await GitAsync(Clone, ["rev-parse", "HEAD"])).Trim();
    }

    async Task<string> GitAsync(string directory, IReadOnlyList<string> arguments)
    {
        var result = await _processes.RunAsync(new ProcessSpec("git", arguments) { WorkingDirectory = directory }, TestContext.Current.CancellationToken);
        return result.Ok ? result.StdOut : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {result.StdErr}{result.Reason}");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return default;
    }
}
