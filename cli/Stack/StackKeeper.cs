using ClaudeManage.Client;

namespace ClaudeManage.Cli.Stack;

/// <summary>All processes of a stack: starts them in order, keeps them running, says when they are ready, and stops them in good order.</summary>
sealed class StackKeeper(StackDirectory directory, IReadOnlyList<StackProcessPlan> plans, Uri url, TimeProvider clock, Action<string> say)
{
    static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(180);
    static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(45);
    static readonly TimeSpan HandBackPatience = TimeSpan.FromSeconds(75);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    readonly List<StackProcess> _processes = [];
    readonly Lock _writing = new();

    /// <summary>Services and gateway, then, once work can be claimed, the supervisors. Returns when all of them are ready.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await StartAsync(plans.Where(p => p.Service != StackServices.Supervisor), ct);
        await StartAsync(plans.Where(p => p.Service == StackServices.Supervisor), ct);
    }

    /// <summary>Supervisors first: they hand back what runs, and need the others for that.</summary>
    public async Task StopAsync()
    {
        foreach (var (who, patience) in (IEnumerable<(Func<string, bool>, TimeSpan)>)
            [(s => s == StackServices.Supervisor, HandBackPatience), (s => s is not StackServices.Supervisor and not StackServices.Gateway, StopPatience), (s => s == StackServices.Gateway, StopPatience)])
            await Task.WhenAll(_processes.Where(p => who(p.Plan.Service)).Select(p => p.StopAsync(patience)));
        directory.ForgetState();
    }

    async Task StartAsync(IEnumerable<StackProcessPlan> wanted, CancellationToken ct)
    {
        var started = wanted.Select(p => new StackProcess(p, directory, clock, say, WriteState)).ToList();
        lock (_writing) _processes.AddRange(started);
        foreach (var process in started) process.Start();
        await Task.WhenAll(started.Select(p => ReadyAsync(p, ct)));
    }

    async Task ReadyAsync(StackProcess process, CancellationToken ct)
    {
        var since = clock.GetTimestamp();
        while (await StackReadiness.OfAsync(process.Plan.Address, ct) is { } why)
        {
            if (clock.GetElapsedTime(since) > StartPatience)
                throw new CommandFailedException(ExitCodes.NotReachable, $"{process.Plan.Name} is not ready after {StartPatience.TotalSeconds:0} s: {why} Its log is {directory.Log(process.Plan.Name)}:\n{StackLogs.Tail(directory.Log(process.Plan.Name), 15)}");
            await Task.Delay(Look, clock, ct);
        }
    }

    void WriteState()
    {
        lock (_writing) directory.Write(new StackState(url, [.. _processes.Select(p => p.State)]));
    }
}

/// <summary>Asks a process whether it is ready.</summary>
static class StackReadiness
{
    /// <summary>What is missing, in a sentence; null when it is ready.</summary>
    public static async Task<string?> OfAsync(Uri address, CancellationToken ct)
    {
        using var client = new TownClient(address, null);
        try
        {
            var answer = await client.ReadyAsync(ct);
            return answer.Status == "healthy" ? null
                : string.Join(" ", answer.Checks.Where(c => c.Value.Status != "healthy").Select(c => $"{c.Key}: {c.Value.Detail ?? c.Value.Status}"));
        }
        catch (TownUnreachableException) { return "It does not answer."; }
        catch (TownProblemException e) { return e.Detail; }
    }
}

/// <summary>Ends of logs.</summary>
static class StackLogs
{
    /// <summary>The last lines of a file; empty when there is none.</summary>
    public static string Tail(string file, int lines)
    {
        if (!File.Exists(file)) return "";
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(Math.Max(0, stream.Length - lines * 400L), SeekOrigin.Begin);
        return string.Join('\n', new StreamReader(stream).ReadToEnd().TrimEnd().Split('\n').TakeLast(lines));
    }
}
