using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Worker;

/// <summary>Runs an item's acceptance commands where the worker stands, as evidence for "done".</summary>
static class AcceptanceRun
{
    const int MaxOutput = 16 * 1024;
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    /// <summary>One result per criterion that has a command, in order.</summary>
    public static async Task<IReadOnlyList<AcceptanceResult>> RunAsync(IReadOnlyList<AcceptanceCriterion> criteria, string directory, Action<string> say, CancellationToken ct)
    {
        var results = new List<AcceptanceResult>();
        for (var i = 0; i < criteria.Count; i++)
        {
            if (criteria[i].Command is not { Count: > 0 } command) continue;
            say($"checking: {criteria[i].Text}  ({string.Join(' ', command)})");
            var run = await new ProcessRunner().RunAsync(
                new ProcessSpec(command[0], [.. command.Skip(1)]) { WorkingDirectory = directory, Timeout = Longest, MaxCapturedBytes = MaxOutput }, ct);
            var output = run.Reason ?? (run.StdOut + run.StdErr);
            results.Add(new AcceptanceResult(i, run.Ok ? 0 : run.ExitCode == 0 ? 1 : run.ExitCode, output.Length > MaxOutput ? output[^MaxOutput..] : output));
        }
        return results;
    }
}
