using System.Diagnostics;
using ClaudeManage.Client;

namespace ClaudeManage.Bench;

/// <summary>One line of a result.</summary>
/// <param name="Reference">What it is compared with, measured in the same run.</param>
/// <param name="Met">Whether the target was reached; null where there is none.</param>
sealed record BenchRow(string What, string Measured, string Reference, double? Ratio, string Target, bool? Met);

/// <summary>Starts towns as a person does: the built <c>cm</c>, a data directory of its own, loopback.</summary>
sealed class BenchContext : IAsyncDisposable
{
    /// <summary>For a town under load: no client is slowed down by the limit for one token.</summary>
    public static readonly (string, string)[] WithoutLimits = [("Edge__RequestsPerSecond", "1000000"), ("Edge__RequestBurst", "1000000")];

    readonly string _program;

    BenchContext(string program, TimeProvider clock)
    {
        (_program, Clock) = (program, clock);
        Stack = new StackUnderTest(this);
    }

    /// <summary>The clock everything is measured with.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The town as processes, for the benchmarks that share one.</summary>
    public StackUnderTest Stack { get; }

    /// <summary>What lies beside the program, such as the servers' scripts.</summary>
    public string ProgramDirectory => Path.GetDirectoryName(_program)!;

    /// <summary>The program that <c>./cm</c> itself would run.</summary>
    public static BenchContext Find(TimeProvider clock) => Environment.GetEnvironmentVariable("CM_PROGRAM") is { } program && File.Exists(program)
        ? new BenchContext(program, clock)
        : throw new InvalidOperationException("Run `./cm bench`, which builds cm first and says where it is.");

    /// <summary>A scratch directory.</summary>
    public static string Scratch() => Directory.CreateTempSubdirectory("cm-bench-").FullName;

    /// <summary>A town in one process, listening.</summary>
    public Task<BenchTown> StartAsync(string directory, CancellationToken ct, params (string Key, string Value)[] settings) =>
        StartAsync(["up", "--no-browser"], directory, settings, ct);

    /// <summary>The same by another command that leaves a town behind in <paramref name="directory"/>.</summary>
    public async Task<BenchTown> StartAsync(IReadOnlyList<string> command, string directory, IEnumerable<(string Key, string Value)> settings, CancellationToken ct)
    {
        var begin = Clock.GetTimestamp();
        var process = Run([.. command, "--data", directory, "--port", "0"], settings);
        var (url, token) = (Path.Combine(directory, "town.url"), Path.Combine(directory, "overseer.token"));
        while (!process.HasExited)
        {
            if (File.Exists(url) && File.Exists(token))
            {
                var client = new TownClient(new Uri(File.ReadAllText(url).Trim()), File.ReadAllText(token).Trim());
                await client.LiveAsync(ct);
                return new BenchTown(process, client, Clock.GetElapsedTime(begin));
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), Clock, ct);
        }
        throw new InvalidOperationException($"`cm {string.Join(' ', command)}` ended with {process.ExitCode} before there was a town; its last lines are above.");
    }

    /// <summary><c>cm</c> with these arguments; what it says on standard error is passed on.</summary>
    public Process Run(IReadOnlyList<string> arguments, IEnumerable<(string Key, string Value)> settings)
    {
        var start = new ProcessStartInfo("dotnet", [_program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in settings) start.Environment[key] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => { if (line.Data is not null) Console.Error.WriteLine("  town: " + line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public ValueTask DisposeAsync() => Stack.DisposeAsync();
}
