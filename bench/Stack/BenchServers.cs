using System.Diagnostics;
using System.Globalization;

namespace ClaudeManage.Bench;

/// <summary>
/// PostgreSQL and RabbitMQ under the suite, its references and its peers: those that <c>CM_STACK_…</c> names, else private ones from the
/// system's packages, ended with their data afterwards.
/// </summary>
sealed class BenchServers : IAsyncDisposable
{
    readonly string? _scripts;
    readonly string _directory;

    BenchServers(string? scripts, string directory, string postgres, Uri rabbitMq, Uri management) =>
        (_scripts, _directory, Postgres, RabbitMq, Management) = (scripts, directory, postgres, rabbitMq, management);

    /// <summary>Connection string of an administrator.</summary>
    public string Postgres { get; }

    /// <summary>amqp URI of an administrator.</summary>
    public Uri RabbitMq { get; }

    /// <summary>The broker's management API, with an administrator's login.</summary>
    public Uri Management { get; }

    /// <summary>They end with the benchmark.</summary>
    public bool ArePrivate => _scripts is not null;

    /// <summary>The processes at the root of the private servers; none where they were given.</summary>
    public IReadOnlyDictionary<string, int> Roots() => !ArePrivate ? new Dictionary<string, int>() : new Dictionary<string, int>
    {
        ["postgres"] = Pid("postgres", "data", "postmaster.pid"),
        ["rabbitmq"] = Pid("rabbitmq", "server.pid"),
        ["epmd"] = Pid("rabbitmq", "epmd.pid"),
    };

    /// <summary>What a stack is told about them.</summary>
    public IEnumerable<(string, string)> Settings => [("CM_STACK_POSTGRES", Postgres), ("CM_STACK_RABBITMQ", RabbitMq.ToString()), ("CM_STACK_RABBITMQ_MANAGEMENT", Management.ToString())];

    public static async Task<BenchServers> StartAsync(string programDirectory, CancellationToken ct)
    {
        if (Variable("CM_STACK_POSTGRES") is { } postgres && Variable("CM_STACK_RABBITMQ") is { } rabbitMq && Variable("CM_STACK_RABBITMQ_MANAGEMENT") is { } management)
            return new BenchServers(null, "", postgres, new Uri(rabbitMq), new Uri(management));
        var (scripts, directory) = (Path.Combine(programDirectory, "servers"), BenchContext.Scratch());
        // Where we are root PostgreSQL runs as another user, who has to get through.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(directory, (UnixFileMode)0b111_001_001);
        Console.Error.WriteLine("  making a private PostgreSQL and a private RabbitMQ …");
        try
        {
            var up = await Task.WhenAll(ScriptAsync(scripts, directory, "postgres", "up", ct), ScriptAsync(scripts, directory, "rabbitmq", "up", ct));
            return new BenchServers(scripts, directory, up[0], new Uri(up[1]), new Uri(await ScriptAsync(scripts, directory, "rabbitmq", "management", ct)));
        }
        catch
        {
            await DestroyAsync(scripts, directory);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_scripts is not null) await DestroyAsync(_scripts, _directory);
    }

    static async Task DestroyAsync(string scripts, string directory)
    {
        await Task.WhenAll(ScriptAsync(scripts, directory, "postgres", "destroy", CancellationToken.None), ScriptAsync(scripts, directory, "rabbitmq", "destroy", CancellationToken.None));
        Directory.Delete(directory, recursive: true);
    }

    static async Task<string> ScriptAsync(string scripts, string directory, string server, string verb, CancellationToken ct)
    {
        // Not through ProcessRunner: what that started it also ends.
        var start = new ProcessStartInfo("bash", [Path.Combine(scripts, server + ".sh"), Path.Combine(directory, server), verb]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        if (process.ExitCode == 0) return (await output).Trim();
        throw new InvalidOperationException(
            $"{(await errors).Trim()}\nThe benchmarks of the stack need PostgreSQL and RabbitMQ: install the packages postgresql and rabbitmq-server, or name servers in CM_STACK_POSTGRES, CM_STACK_RABBITMQ and CM_STACK_RABBITMQ_MANAGEMENT.");
    }

    int Pid(params string[] file) => int.Parse(File.ReadLines(Path.Combine([_directory, .. file])).First(), CultureInfo.InvariantCulture);

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
