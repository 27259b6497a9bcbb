using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using ClaudeManage.Client;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>How a town that should not have started ended.</summary>
public sealed record TownExit(int Code, string Error);

/// <summary>A town that runs for a test, whatever it is made of.</summary>
public interface IRunningTown
{
    /// <summary>The overseer's token.</summary>
    string OverseerToken { get; }

    /// <summary>What it has printed that may explain a failure.</summary>
    string Log { get; }

    /// <summary>A client of the current run; while the town is down, of the next one. The same one for the same token.</summary>
    Task<TownClient> ClientAsync(string? token, CancellationToken ct);

    /// <summary>kill -9 of everything that it runs as, and of no agent; returns when that is gone.</summary>
    Task KillAsync();

    /// <summary>Returns when it answers again.</summary>
    Task StartAsync(CancellationToken ct);
}

/// <summary>
/// The whole suite as a child process on a data directory, to be killed and started again. Clients are of one run: whoever wants to
/// go on over a kill asks for a new one with <see cref="ClientAsync"/>, or speaks through <see cref="Persistent"/>.
/// </summary>
public sealed class TownProcess(string data, IReadOnlyDictionary<string, string>? settings = null) : IRunningTown, IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly StringBuilder _log = new();
    readonly ConcurrentBag<TownClient> _old = [];
    volatile Run _run = new();
    Process? _process;

    /// <summary>Its data directory.</summary>
    public string Data => data;

    /// <summary>The running process.</summary>
    public int Pid => _process!.Id;

    /// <summary>The overseer's token, as it lies in the data directory.</summary>
    public string OverseerToken => File.ReadAllText(Path.Combine(data, "overseer.token")).Trim();

    /// <summary>Everything it has printed, over all its runs.</summary>
    public string Log { get { lock (_log) return _log.ToString(); } }

    internal static string Dotnet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    static string Program => Path.Combine(AppContext.BaseDirectory, "ClaudeManage.Town.dll");

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<TownProcess> StartAsync(string data, CancellationToken ct, IReadOnlyDictionary<string, string>? settings = null)
    {
        var town = new TownProcess(data, settings);
        try
        {
            await town.StartAsync(ct);
            return town;
        }
        catch
        {
            await town.DisposeAsync();
            throw;
        }
    }

    /// <summary>For a town that is expected to refuse: waits for its end.</summary>
    public static async Task<TownExit> ExpectExitAsync(string data, CancellationToken ct, IReadOnlyDictionary<string, string>? settings = null)
    {
        await using var town = new TownProcess(data, settings);
        town.Launch();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        await town._process!.WaitForExitAsync(limit.Token);
        return new TownExit(town._process.ExitCode, town.Log);
    }

    /// <summary>Starts it (again) and waits until it answers.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        Launch();
        var file = Path.Combine(data, "town.url");
        var url = await Eventually.ResultAsync(async () =>
        {
            if (_process!.HasExited) return new Uri("exited:early");
            var address = new Uri(File.ReadAllText(file).Trim());
            using var client = new TownClient(address, null);
            await client.LiveAsync(ct);
            return address;
        }, Patience, $"the town on {data} answers", ct);
        Assert.True(url.Scheme == "http", $"The town ended with {(_process!.HasExited ? _process.ExitCode : 0)} instead of starting:\n{Log}");
        _run.Up.SetResult(url);
    }

    /// <summary>Starts the process and does not wait for anything.</summary>
    public void Launch()
    {
        // A run that was killed has left it; this one's shall be seen.
        if (Directory.Exists(data)) File.Delete(Path.Combine(data, "town.url"));
        var start = new ProcessStartInfo(Dotnet, [Program, "--data", data, "--port", "0", .. (settings ?? new Dictionary<string, string>()).Select(s => $"--{s.Key}={s.Value}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    void Add(string? line)
    {
        lock (_log)
            if (line is not null) _log.AppendLine(line);
    }

    /// <summary>A client of the current run; while the town is down, of the next one. The same one for the same token.</summary>
    public async Task<TownClient> ClientAsync(string? token, CancellationToken ct)
    {
        var run = _run;
        var url = await run.Up.Task.WaitAsync(ct);
        return run.Clients.GetOrAdd(token ?? "", _ =>
        {
            var client = new TownClient(url, token);
            _old.Add(client);
            return client;
        });
    }

    /// <summary>kill -9 of the town's process and of nothing else; returns when it is gone.</summary>
    public async Task KillAsync()
    {
        Down();
        Signals.Send(Pid, Signal.Kill);
        await _process!.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>SIGTERM, as a service manager does; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Down();
        Signals.Send(Pid, Signal.Terminate);
        await _process!.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    void Down()
    {
        if (_run.Up.Task.IsCompleted) _run = new();
    }

    /// <summary>One life of the process: where it is, once it answers, and who speaks to it.</summary>
    sealed class Run
    {
        public TaskCompletionSource<Uri> Up { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentDictionary<string, TownClient> Clients { get; } = new();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            Signals.Send(Pid, Signal.Kill);
            await _process.WaitForExitAsync();
        }
        foreach (var client in _old) client.Dispose();
        _process?.Dispose();
    }
}

public static class RunningTownClients
{
    /// <summary>A client with the overseer's token.</summary>
    public static Task<TownClient> OverseerAsync(this IRunningTown town, CancellationToken ct) => town.ClientAsync(town.OverseerToken, ct);
}

/// <summary>Somebody who asks the same again until the town has answered, over any number of its deaths.</summary>
public sealed class Persistent(IRunningTown town, string? token = null)
{
    readonly string _token = token ?? town.OverseerToken;
    int _breaks;

    /// <summary>How often there was no answer.</summary>
    public int Breaks => _breaks;

    /// <summary>Sends until there is an answer; a refusal is one.</summary>
    public async Task<T> SendAsync<T>(Func<TownClient, TownCall<T>> call, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                return await call(await town.ClientAsync(_token, ct)).SendAsync(ct);
            }
            catch (Exception e) when (e is TownUnreachableException or TownProblemException { Status: 503 })
            {
                Interlocked.Increment(ref _breaks);
                await Task.Yield();
            }
        }
    }
}
