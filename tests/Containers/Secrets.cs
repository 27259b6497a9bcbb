using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Containers;

/// <summary>What deploy/make-env wrote into a directory of its own, and the private servers that it is tried on.</summary>
public sealed class Secrets : IAsyncDisposable
{
    readonly ScratchDirectory _scratch = new("secrets");
    readonly List<string> _servers = [];

    /// <summary>The repository's root directory.</summary>
    public static string Root { get; } = FindRoot();

    public string Directory => _scratch.Path;

    public string File(string name) => _scratch["deploy", "secrets", name];

    /// <summary>The passwords, and everything else in .env.</summary>
    public IReadOnlyDictionary<string, string> Environment => System.IO.File.ReadAllLines(_scratch[".env"])
        .Where(l => l.Contains('=', StringComparison.Ordinal) && !l.StartsWith('#')).ToDictionary(l => l.Split('=')[0], l => l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    public static async Task<Secrets> MakeAsync(CancellationToken ct)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "deploy/make-env is a bash script");
        var secrets = new Secrets();
        await secrets.MakeEnvAsync(ct);
        return secrets;
    }

    public Task<string> MakeEnvAsync(CancellationToken ct, params string[] arguments) => RunAsync(ct, [Path.Combine(Root, "deploy", "make-env"), "--dir", Directory, .. arguments]);

    /// <summary>Runs a program; its output, or an exception with what it said.</summary>
    public static Task<string> RunAsync(CancellationToken ct, params string[] command) => new ServerControl(command[0]).RunAsync(ct, command[1..]);

    /// <summary>A server of this test alone, from the system's packages: what is tried changes the whole server.</summary>
    public async Task<(string Address, string Script, string Directory)> StartAsync(string server, CancellationToken ct)
    {
        _ = server == "postgres" ? TestServers.RequirePostgres() : TestServers.RequireRabbitMq();
        var script = Script(server);
        try { await RunAsync(ct, script, "-", "installed"); }
        catch (InvalidOperationException) { Assert.Skip($"{server} is not installed here, and this needs one of its own"); }
        var directory = _scratch[server];
        _servers.Add(server);
        return (await RunAsync(ct, script, directory, "up"), script, directory);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await RunAsync(CancellationToken.None, Script(server), _scratch[server], "destroy");
        _scratch.Dispose();
    }

    static string Script(string server) => Path.Combine(Root, "scripts", "servers", server + ".sh");

    static string FindRoot()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (System.IO.File.Exists(Path.Combine(d.FullName, "ClaudeManage.sln"))) return d.FullName;
        throw new InvalidOperationException("These tests run from inside the repository.");
    }
}
