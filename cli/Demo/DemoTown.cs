using System.Diagnostics;
using ClaudeManage.Cli.Stack;
using ClaudeManage.Client;

namespace ClaudeManage.Cli.Demo;

/// <summary>How the demo's town runs.</summary>
/// <param name="Command">The words of <c>cm</c> that start it.</param>
/// <param name="Slots">Agents at once on each of its nodes.</param>
/// <param name="Data">Where its nodes have their worktrees, below its data directory.</param>
sealed record DemoKind(IReadOnlyList<string> Command, int Slots, TimeSpan LongestStart, TimeSpan LongestStop, TimeSpan Longest, IReadOnlyList<string> Data)
{
    /// <summary>Everything in one process.</summary>
    public static readonly DemoKind OneProcess = new(["up", "--no-browser"], 4, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(40), TimeSpan.FromMinutes(4), ["."]);

    /// <summary>Two replicas of everything, two nodes.</summary>
    public static readonly DemoKind Stack = new(["stack", "up", "--replicas", "2", "--supervisors", "2"], 2, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(15),
        [Path.Combine("stack", "node-1"), Path.Combine("stack", "node-2")]);

    public bool IsStack => this == Stack;
}

/// <summary>The demo's town: a process of its own, as <c>cm up</c> or <c>cm stack up</c> starts it, with its log in a file.</summary>
sealed class DemoTown : IAsyncDisposable
{

    readonly DemoKind _kind;
    readonly DemoDirectory _directory;
    readonly Process _process;
    readonly StreamWriter _log;

    DemoTown(DemoKind kind, DemoDirectory directory, Process process, StreamWriter log, TownClient client)
    {
        (_kind, _directory) = (kind, directory);
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
    public static async Task<DemoTown> StartAsync(DemoDirectory directory, DemoKind kind, TimeProvider clock, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Self[0], [.. Self.Skip(1), .. kind.Command, "--data", directory.Town, "--port", "0"])
        {
            WorkingDirectory = directory.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Supervisor__Slots"] = $"{kind.Slots}", ["Supervisor__HeartbeatSeconds"] = "2" },
        };
        if (kind.IsStack)
        {
            // Beside a real stack on the same given servers.
            start.Environment.TryAdd(StackSetting.Prefix, $"cmdemo_{Guid.NewGuid():N}"[..15]);
            if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
                File.SetUnixFileMode(directory.Root, File.GetUnixFileMode(directory.Root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
        var log = new StreamWriter(Path.Combine(directory.Root, "town.log")) { AutoFlush = true };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new DemoTown(kind, directory, process, log, await ConnectAsync(directory, kind, process, clock, ct));
        }
        catch
        {
            await EndAsync(process, kind.LongestStop);
            await log.DisposeAsync();
            throw;
        }
    }

    static void Write(StreamWriter log, string? line)
    {
        lock (log)
            if (line is not null) log.WriteLine(line);
    }

    static async Task<TownClient> ConnectAsync(DemoDirectory directory, DemoKind kind, Process process, TimeProvider clock, CancellationToken ct)
    {
        var (url, token) = (Path.Combine(directory.Town, "town.url"), Path.Combine(directory.Town, "overseer.token"));
        for (var since = clock.GetTimestamp(); clock.GetElapsedTime(since) < kind.LongestStart && !process.HasExited;)
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
        var what = process.HasExited ? "ended instead of starting" : $"did not answer within {kind.LongestStart.TotalSeconds:0} s: on a busy machine it may take longer, try again when it is quiet";
        throw new DemoException($"The town {what}. Its log is {Path.Combine(directory.Root, "town.log")}");
    }

    /// <summary>Stops it as <c>cm down</c> does: it drains, then ends. Its exit code; null when it had to be killed.</summary>
    public Task<int?> StopAsync() => EndAsync(_process, _kind.LongestStop);

    /// <summary>After its end: what it keeps outside its directory goes too.</summary>
    public async Task DeleteAsync()
    {
        if (!_kind.IsStack) return;
        using var delete = Process.Start(new ProcessStartInfo(Self[0], [.. Self.Skip(1), "stack", "down", "--delete", "--quiet", "--data", _directory.Town]))!;
        await delete.WaitForExitAsync();
    }

    static async Task<int?> EndAsync(Process process, TimeSpan longest)
    {
        if (process.HasExited) return process.ExitCode;
        await Process.Start(new ProcessStartInfo("sh", ["-c", "kill -s TERM \"$1\"", "sh", $"{process.Id}"]))!.WaitForExitAsync();
        using var limit = new CancellationTokenSource(longest);
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
        await EndAsync(_process, _kind.LongestStop);
        Client.Dispose();
        _process.Dispose();
        await _log.DisposeAsync();
    }
}
