using System.Diagnostics;
using ClaudeManage.Client;

namespace ClaudeManage.Cli.Demo;

/// <summary>The demo's town: a process of its own, as <c>cm up</c> starts it, with its log in a file.</summary>
sealed class DemoTown : IAsyncDisposable
{
    static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(40);

    readonly Process _process;
    readonly StreamWriter _log;

    DemoTown(Process process, StreamWriter log, TownClient client)
    {
        _process = process;
        _log = log;
        Client = client;
    }

    /// <summary>Speaks as the overseer.</summary>
    public TownClient Client { get; }

    /// <summary>The command that starts this program again.</summary>
    public static IReadOnlyList<string> Self => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, typeof(DemoTown).Assembly.Location]
        : [Environment.ProcessPath!];

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<DemoTown> StartAsync(DemoDirectory directory, TimeProvider clock, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Self[0], [.. Self.Skip(1), "up", "--data", directory.Town, "--port", "0", "--no-browser"])
        {
            WorkingDirectory = directory.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Supervisor__Slots"] = "4", ["Supervisor__HeartbeatSeconds"] = "2" },
        };
        var log = new StreamWriter(Path.Combine(directory.Root, "town.log")) { AutoFlush = true };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new DemoTown(process, log, await ConnectAsync(directory, process, clock, ct));
        }
        catch
        {
            await EndAsync(process);
            await log.DisposeAsync();
            throw;
        }
    }

    static void Write(StreamWriter log, string? line)
    {
        lock (log)
            if (line is not null) log.WriteLine(line);
    }

    static async Task<TownClient> ConnectAsync(DemoDirectory directory, Process process, TimeProvider clock, CancellationToken ct)
    {
        var (url, token) = (Path.Combine(directory.Town, "town.url"), Path.Combine(directory.Town, "overseer.token"));
        for (var tries = 0; tries < 300 && !process.HasExited; tries++)
        {
            if (File.Exists(url) && File.Exists(token))
            {
                var client = new TownClient(new Uri(File.ReadAllText(url).Trim()), File.ReadAllText(token).Trim());
                try
                {
                    await client.LiveAsync(ct);
                    return client;
                }
                catch (TownUnreachableException)
                {
                    client.Dispose();
                }
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, ct);
        }
        throw new DemoException($"The town did not start. Its log is {Path.Combine(directory.Root, "town.log")}");
    }

    /// <summary>Stops it as <c>cm down</c> does: it drains, then ends. Its exit code; null when it had to be killed.</summary>
    public async Task<int?> StopAsync() => await EndAsync(_process);

    static async Task<int?> EndAsync(Process process)
    {
        if (process.HasExited) return process.ExitCode;
        await Process.Start(new ProcessStartInfo("sh", ["-c", "kill -s TERM \"$1\"", "sh", $"{process.Id}"]))!.WaitForExitAsync();
        using var limit = new CancellationTokenSource(LongestStop);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return null;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process);
        Client.Dispose();
        _process.Dispose();
        await _log.DisposeAsync();
    }
}
