using System.Diagnostics;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Stack;

/// <summary>One process of a stack over all its lives: what ends without having been asked to is started again, later and later.</summary>
sealed class StackProcess(StackProcessPlan plan, StackDirectory directory, TimeProvider clock, Action<string> say, Action changed)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Healthy = TimeSpan.FromSeconds(30);
    const long LargestLog = 16L << 20;

    readonly CancellationTokenSource _stopping = new();
    volatile Process? _process;
    Task _keeping = Task.CompletedTask;
    int _restarts;
    ProcessIdentity? _identity;
    DateTimeOffset? _since;

    public StackProcessPlan Plan => plan;

    public StackProcessState State => new(plan.Name, plan.Service, plan.Address, _identity?.ToString(), _restarts, _since);

    /// <summary>Starts it and keeps it running until <see cref="StopAsync"/>.</summary>
    public void Start()
    {
        Launch();
        _keeping = KeepAsync();
    }

    /// <summary>Asks it to end, waits, and kills it after <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await _stopping.CancelAsync();
        if (_process is { HasExited: false } running)
        {
            if (_identity is { } id) ProcessGroup.Send(id, Signal.Terminate);
            try { await running.WaitForExitAsync().WaitAsync(patience, clock); }
            catch (TimeoutException)
            {
                say($"{plan.Name} does not end within {patience.TotalSeconds:0} s and is killed");
                running.Kill();
                await running.WaitForExitAsync();
            }
        }
        await _keeping;
    }

    async Task KeepAsync()
    {
        var pause = FirstPause;
        while (true)
        {
            var began = clock.GetTimestamp();
            await _process!.WaitForExitAsync();
            if (_stopping.IsCancellationRequested) return;
            if (clock.GetElapsedTime(began) > Healthy) pause = FirstPause;
            say($"{plan.Name} (pid {_process.Id}) ended with {_process.ExitCode}; it is started again in {pause.TotalSeconds:0.#} s. Its log is {directory.Log(plan.Name)}");
            do
            {
                await Task.Delay(pause, clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_stopping.IsCancellationRequested) return;
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            while (!TryLaunch());
        }
    }

    // A full disk, or no room for another process: it is tried again for as long as the stack is up.
    bool TryLaunch()
    {
        try
        {
            _restarts++;
            Launch();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            say($"{plan.Name} cannot be started: {e.Message}");
            return _process is { HasExited: false };
        }
    }

    void Launch()
    {
        var log = directory.Log(plan.Name);
        if (File.Exists(log) && new FileInfo(log).Length > LargestLog) File.Move(log, log + ".1", overwrite: true);
        Directory.CreateDirectory(directory.Of(plan.Name));
        var process = Start(StackServices.Program(plan.Service), "run", log, plan.Environment, directory.Of(plan.Name));
        (_process, _since) = (process, clock.GetUtcNow());
        _identity = ProcessIdentity.Of(process.Id);
        changed();
    }

    /// <summary>
    /// Starts a service with its output in a file, in a session of its own: neither the terminal's Ctrl-C nor the keeper's end reaches it.
    /// The shell only opens the log; every word of the command line stays a word of its own.
    /// </summary>
    public static Process Start(string program, string verb, string log, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        var dotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        string[] own = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid"] : [];
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, .. own, dotnet, program, verb])
        {
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
