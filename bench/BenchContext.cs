using System.Diagnostics;
using System.Globalization;
using ClaudeManage.Client;

namespace ClaudeManage.Bench;

/// <summary>One line of a result.</summary>
/// <param name="Reference">What it is compared with, measured in the same run.</param>
/// <param name="Met">Whether the target was reached; null where there is none.</param>
sealed record BenchRow(string What, string Measured, string Reference, double? Ratio, string Target, bool? Met);

/// <summary>Starts towns as a person does: the built <c>cm</c>, a data directory of its own, loopback.</summary>
sealed class BenchContext(string program, TimeProvider clock)
{
    /// <summary>The clock everything is measured with.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>The program that <c>./cm</c> itself would run.</summary>
    public static BenchContext Find(TimeProvider clock) => Environment.GetEnvironmentVariable("CM_PROGRAM") is { } program && File.Exists(program)
        ? new BenchContext(program, clock)
        : throw new InvalidOperationException("Run `./cm bench`, which builds cm first and says where it is.");

    /// <summary>A scratch directory.</summary>
    public static string Scratch() => Directory.CreateTempSubdirectory("cm-bench-").FullName;

    /// <summary>A town, listening.</summary>
    public async Task<BenchTown> StartAsync(string directory, CancellationToken ct, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [program, "up", "--data", directory, "--port", "0", "--no-browser"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in settings) start.Environment[key] = value;
        var begin = Clock.GetTimestamp();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => { if (line.Data is not null) Console.Error.WriteLine("  town: " + line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var (url, token) = (Path.Combine(directory, "town.url"), Path.Combine(directory, "overseer.token"));
        while (!process.HasExited)
        {
            if (File.Exists(url) && File.Exists(token))
            {
                var client = new TownClient(new Uri(File.ReadAllText(url).Trim()), File.ReadAllText(token).Trim());
                await client.LiveAsync(ct);
                return new BenchTown(process, client, File.ReadAllText(token).Trim(), Clock.GetElapsedTime(begin));
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), Clock, ct);
        }
        throw new InvalidOperationException("The town did not start.");
    }
}

/// <summary>A running town.</summary>
sealed class BenchTown(Process process, TownClient client, string token, TimeSpan coldStart) : IAsyncDisposable
{
    public TownClient Client { get; } = client;

    public string Token { get; } = token;

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan ColdStart { get; } = coldStart;

    /// <summary>Processor time used so far, user and system.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in MiB.</summary>
    public double ResidentMiB
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1048576.0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])!;
            await kill.WaitForExitAsync();
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }
}
