using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Queue;

/// <param name="Tail">The end of what it printed, with the reason when it was stopped or did not start.</param>
sealed record GateOutcome(GateResult Result, int? ExitCode, int Tries, string Tail)
{
    /// <summary>Failed first, then passed on the same tree.</summary>
    public bool Flaky => Result == GateResult.Passed && Tries > 1;
}

/// <summary>
/// Runs one gate in a checkout, with its retries. Fails closed: only exit code 0, in time, is a pass. When it returns,
/// nothing the gate started is running.
/// </summary>
sealed class GateRunner(ProcessRunner processes, GateLogs logs, IOptions<RefineryOptions> options)
{
    const string Variable = "CLAUDEMANAGE_GATE";
    static readonly TimeSpan SetupTime = TimeSpan.FromMinutes(30);

    /// <summary>What every process of a gate run carries in its environment.</summary>
    public static ProcessMark Mark(Guid run) => new(Variable, run.ToString("N"));

    public async Task<GateOutcome> RunAsync(Guid run, GateDefinition gate, IReadOnlyList<string>? setup, GateWorktree worktree, CancellationToken ct)
    {
        var temporary = Directory.CreateTempSubdirectory("cm-gate-").FullName;
        try
        {
            var environment = EnvironmentFor(gate, temporary);
            if (setup is { Count: > 0 } && !worktree.Prepared)
            {
                var prepared = await OnceAsync(run, setup, SetupTime, worktree.Path, environment, logs.Setup(run), ct);
                if (prepared.Result != GateResult.Passed) return prepared with { Tail = "(the set-up before the gate failed)\n" + prepared.Tail };
            }
            worktree.Keep();
            for (var number = 1; ; number++)
            {
                var once = await OnceAsync(run, gate.Command, TimeSpan.FromSeconds(gate.TimeoutSeconds), worktree.Path, environment, logs.Try(run, number), ct);
                if (once.Result == GateResult.Passed || number > gate.Retries) return once with { Tries = number };
            }
        }
        finally
        {
            try { Directory.Delete(temporary, recursive: true); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* left to the system's own cleaning */ }
        }
    }

    async Task<GateOutcome> OnceAsync(Guid run, IReadOnlyList<string> command, TimeSpan limit, string directory, Dictionary<string, string?> environment, string log, CancellationToken ct)
    {
        if (command.Count == 0) return new(GateResult.NotStarted, null, 1, "The command is empty.");
        var result = await processes.RunAsync(new ProcessSpec(command[0], [.. command.Skip(1)])
        {
            WorkingDirectory = directory,
            CleanEnvironment = true,
            Environment = environment,
            Timeout = limit,
            OutputFile = log,
            MaxFileBytes = options.Value.MaxGateLogBytes,
            MaxCapturedBytes = 16 << 10,
            Mark = Mark(run),
        }, ct);
        var outcome = !result.Started ? GateResult.NotStarted : result.TimedOut ? GateResult.TimedOut : result.Ok ? GateResult.Passed : GateResult.Failed;
        // The file has both streams in their order, unless it was full before the end.
        var tail = File.Exists(log) && new FileInfo(log).Length < options.Value.MaxGateLogBytes ? GateLogs.Tail(log) : Last(result.StdOut) + "\n" + Last(result.StdErr);
        if (result.Reason is { } reason)
        {
            GateLogs.Note(log, $"\n[refinery] {reason}");
            tail += $"\n[refinery] {reason}";
        }
        return new(outcome, result.Started ? result.ExitCode : null, 1, tail.Trim());
    }

    // Nothing of ours: no token, no address, no git setting reaches what a candidate runs.
    static Dictionary<string, string?> EnvironmentFor(GateDefinition gate, string temporary)
    {
        var environment = new Dictionary<string, string?>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? temporary,
            ["LANG"] = Environment.GetEnvironmentVariable("LANG") ?? "C.UTF-8",
            ["TMPDIR"] = temporary,
        };
        foreach (var (name, value) in gate.Env ?? new Dictionary<string, string>()) environment[name] = value;
        return environment;
    }

    static string Last(string text) => text.Length <= 3000 ? text : text[^3000..];
}
