using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>A repository with a gate, and a scripted agent for it, in a directory of its own.</summary>
sealed class TestRepository(string name) : IDisposable
{
    readonly ProcessRunner _processes = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Where both are; what the agent shall wait for may lie here too.</summary>
    public ScratchDirectory Scratch { get; } = new(name);

    /// <summary>The bare repository.</summary>
    public string Origin => Scratch["origin.git"];

    /// <summary>The agent's program.</summary>
    public string Agent => Scratch["agent.sh"];

    /// <param name="gate">What <c>sh gate.sh</c> in the repository does.</param>
    /// <param name="agent">What the agent does, after <c>set -eu</c>.</param>
    public async Task CreateAsync(string gate, string agent)
    {
        var seed = Scratch["seed"];
        Directory.CreateDirectory(seed);
        await File.WriteAllTextAsync(Path.Combine(seed, "gate.sh"), gate + "\n", Ct);
        await RunAsync(seed, "init", "-q", "-b", "main");
        await RunAsync(seed, "add", "-A");
        await RunAsync(seed, "-c", "user.name=Test", "-c", "user.email=test@example.invalid", "commit", "-q", "-m", "The beginning");
        await RunAsync(Scratch.Path, "clone", "-q", "--bare", seed, Origin);
        await File.WriteAllTextAsync(Agent, $"#!/bin/sh\nset -eu\n{agent.ReplaceLineEndings("\n")}\n", Ct);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Agent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>What git says about the origin.</summary>
    public Task<string> GitAsync(params string[] arguments) => RunAsync(Origin, arguments);

    async Task<string> RunAsync(string directory, params string[] arguments)
    {
        var result = await _processes.RunAsync(new ProcessSpec("git", arguments) { WorkingDirectory = directory }, Ct);
        Assert.True(result.Ok, $"git {string.Join(' ', arguments)}: {result.StdErr}{result.Reason}");
        return result.StdOut.TrimEnd('\n');
    }

    /// <summary>The commits of main in the order in which they landed, each with the items it names.</summary>
    public async Task<IReadOnlyList<string>> LandedAsync() => (await GitAsync("log", "--first-parent", "--format=%H %(trailers:key=Work-Item,valueonly,separator=%x2C)", "main")).Split('\n');

    /// <inheritdoc />
    public void Dispose() => Scratch.Dispose();
}
