using System.Reflection;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Demo;

/// <summary>The scratch directory of a demo: two bare repositories with a real gate, the agent's script, and the town's data.</summary>
sealed class DemoDirectory(string root, ProcessRunner processes)
{
    public string Root { get; } = root;

    public string Town => Path.Combine(Root, "town");

    public string Agent => Path.Combine(Root, "agent.sh");

    public string Late => Path.Combine(Root, "late");

    public string LateScript => Path.Combine(Root, "late.sh");

    /// <summary>The origin of a rig.</summary>
    public string Origin(string rig) => Path.Combine(Root, $"{rig}.git");

    /// <summary>The worktrees that agents have on the town's nodes.</summary>
    public IEnumerable<string> Worktrees(DemoKind kind) => kind.Data.Select(data => Path.Combine(Town, data, "worktrees")).Where(Directory.Exists)
        .SelectMany(root => Directory.EnumerateFiles(root, ".git", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Town, f)));

    /// <summary>Makes it all.</summary>
    public async Task CreateAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(Late);
        Write(Agent, Asset("agent.sh"));
        Write(LateScript, Asset("late.sh"));
        foreach (var (rig, _) in DemoPlan.Rigs)
        {
            var seed = Path.Combine(Root, $"{rig}-seed");
            Directory.CreateDirectory(Path.Combine(seed, "lib"));
            Directory.CreateDirectory(Path.Combine(seed, "test"));
            Write(Path.Combine(seed, "gate.sh"), Asset("gate.sh"));
            await File.WriteAllTextAsync(Path.Combine(seed, "TITLE"), "A calculator\n", ct);
            await File.WriteAllTextAsync(Path.Combine(seed, "lib", "same.sh"), "same() { echo \"$1\"; }\n", ct);
            await File.WriteAllTextAsync(Path.Combine(seed, "test", "same.sh"), ". ./lib/same.sh\n[ \"$(same 1)\" = 1 ]\n", ct);
            await GitAsync(seed, ct, "init", "-q", "-b", "main");
            await GitAsync(seed, ct, "add", "-A");
            await GitAsync(seed, ct, "-c", "user.name=Demo", "-c", "user.email=demo@example.invalid", "commit", "-q", "-m", "The beginning");
            await GitAsync(Root, ct, "clone", "-q", "--bare", seed, Origin(rig));
            Directory.Delete(seed, recursive: true);
        }
    }

    /// <summary>Runs git; its output without the last line break.</summary>
    /// <exception cref="DemoException">Git refused; the message is git's own.</exception>
    public async Task<string> GitAsync(string directory, CancellationToken ct, params string[] arguments)
    {
        var result = await processes.RunAsync(new ProcessSpec("git", arguments) { WorkingDirectory = directory }, ct);
        return result.Ok ? result.StdOut.TrimEnd('\n') : throw new DemoException($"git {string.Join(' ', arguments)}: {result.StdErr.Trim()}{result.Reason}");
    }

    /// <summary>Sends a signal to a whole process group.</summary>
    public Task SignalGroupAsync(int group, string signal, CancellationToken ct) =>
        processes.RunAsync(new ProcessSpec("sh", ["-c", "kill -s \"$1\" -- \"-$2\"", "sh", signal, group.ToString(System.Globalization.CultureInfo.InvariantCulture)]), ct);

    /// <summary>Runs the gate on a commit of a rig. True when it passes.</summary>
    public async Task<bool> GatePassesAsync(string rig, string commit, CancellationToken ct)
    {
        var directory = Path.Combine(Root, $"check-{rig}-{commit[..12]}");
        await GitAsync(Origin(rig), ct, "worktree", "add", "-q", "--detach", directory, commit);
        var result = await processes.RunAsync(new ProcessSpec("sh", ["gate.sh"]) { WorkingDirectory = directory, Timeout = TimeSpan.FromSeconds(30) }, ct);
        await GitAsync(Origin(rig), ct, "worktree", "remove", "--force", directory);
        return result.Ok;
    }

    static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    static string Asset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"demo/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}

/// <summary>The demo cannot go on; the message is for a person.</summary>
sealed class DemoException(string message) : Exception(message);
