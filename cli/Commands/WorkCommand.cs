using System.CommandLine;
using ClaudeManage.Cli.Output;
using ClaudeManage.Cli.Worker;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm work</c>: claim, run a program under the lease, report how it ended.</summary>
static class WorkCommand
{
    public const string Name = "work";

    public static Command Make(CommandLine cli)
    {
        var hook = Symbols.Value("--hook", "HOOK", "Where the work comes from: an agent or RIG/pool (default CM_AGENT).");
        var wait = Symbols.Flag("--wait", "Wait for work as long as it takes.", "-w");
        var loop = Symbols.Flag("--loop", "Go on with the next work after each.");
        var push = new Option<string?>("--push") { Description = "Push what was committed to this remote, on the lease's branch (default remote origin).", HelpName = "REMOTE", Arity = ArgumentArity.ZeroOrOne };
        return cli.Verb(Name, "Claim work and run a program on it, in this directory, under a lease that is renewed while it runs.", [hook, wait, loop, push], async (run, ct) =>
        {
            if (run.PassedOn is not [var program, ..]) throw new CommandFailedException(ExitCodes.Usage, "Give the program after --, e.g. `cm work --hook shop/pool -- ./agent.sh`.");
            var from = HookCommands.HookOrOwn(run, run.Get(hook));
            var worker = new LeasedRun(run, run.Has(push) ? run.Get(push) ?? "origin" : null);
            while (true)
            {
                var claim = await ClaimAsync(run, from, run.Get(wait) || run.Get(loop), ct);
                var code = await worker.RunAsync(claim, [program, .. run.PassedOn.Skip(1)], ct);
                if (!run.Get(loop)) return code;
            }
        },
        "cm work --hook shop/pool -- ./agent.sh",
        "cm work --hook shop/crew/ada --wait --push -- claude -p \"Do the work described on standard input\"",
        "# The program gets the prompt on standard input and CM_WORK_ITEM, CM_LEASE, CM_BRANCH, CM_BASE, CM_PROMPT_FILE, CM_RESULT_FILE, …",
        "# Exit 0: done with what it committed. Exit 75: handed over. Anything else: a failed attempt.");
    }

    static async Task<ClaimResult> ClaimAsync(Invocation run, string from, bool patient, CancellationToken ct)
    {
        var claim = await HookCommands.ClaimAsync(run, from, patient ? TimeSpan.FromDays(3650) : TimeSpan.Zero, ct)
            ?? throw new CommandFailedException(ExitCodes.NotFound, $"Nothing is queued on {from}. With --wait it waits for work.");
        run.Say($"{claim.WorkItem.Id}: {Text.Line(claim.WorkItem.Title)} (attempt {claim.Assignment.Attempt}, fence {claim.Lease.Fence})");
        return claim;
    }
}
