using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Output;
using ClaudeManage.Cli.Worker;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm done</c>: a worker says how its work ended, with the evidence.</summary>
static class CompletionCommands
{
    public static IEnumerable<Command> All(CommandLine cli)
    {
        var item = Symbols.OwnItem();
        var lease = Lease();
        var outcome = Symbols.Choice<CompletionOutcome>("--outcome", "How it ended (default completed).", "-o");
        var summary = Symbols.Value("--summary", "TEXT", "What was done, in a sentence or two (default: the last commit's subject).", "-s");
        var reason = Symbols.Reason("Why; needed for no_change, wanted for failed and blocked.");
        var branch = Symbols.Value("--branch", "BRANCH", "Branch with the work (default: the one checked out here).");
        var commit = Symbols.Value("--commit", "SHA", "Commit to land (default: the one checked out here).");
        var artifacts = Symbols.Values("--artifact", "KIND=URI", "A piece of evidence.");
        var usage = Symbols.Value("--usage", "JSON", "What it used, as JSON: inputTokens, outputTokens, costUsd.");
        var dirty = Symbols.Flag("--ignore-uncommitted", "Hand in the commit although there are changes that are not committed.");
        return [cli.Verb("done", "Hand in the work you hold. Repeating it is safe.", [item, lease, outcome, summary, reason, branch, commit, artifacts, usage, dirty], async (run, ct) =>
        {
            var id = run.ItemOrOwn(item);
            var token = LeaseOrOwn(run, lease);
            var how = run.Get(outcome) ?? CompletionOutcome.Completed;
            var (onBranch, head, subject) = (run.Get(branch), run.Get(commit), (string?)null);
            IReadOnlyList<AcceptanceResult>? checks = null;
            if (how == CompletionOutcome.Completed)
            {
                if (onBranch is null || head is null) (onBranch, head, subject) = await FromGitAsync(run, onBranch, head, run.Get(dirty), ct);
                var known = await run.Town.WorkItem(id).SendAsync(ct);
                if (known.Acceptance.Any(a => a.Command is { Count: > 0 })) checks = await AcceptanceRun.RunAsync(known.Acceptance, run.Terminal.Directory, run.Say, ct);
            }
            var request = new DoneRequest(token, how, run.Get(summary) ?? subject, run.Get(reason), onBranch, head,
                run.Get(artifacts) is { Length: > 0 } a ? [.. a.Select(Artifact)] : null, run.Get(usage) is { } u ? UsageOf(u) : null, checks);
            return await run.ShowAsync(run.Town.Done(id, request), done => Write(run.Screen, done), done => done.WorkItemId, ct);
        },
        "cm done                                     # inside an agent's session: everything is known",
        "cm done --summary \"Login accepts long names\"",
        "cm done --outcome no_change --reason \"already fixed by sh-a1b2c\"",
        "cm done sh-x7k2m --lease $TOKEN --outcome failed --reason \"cannot reproduce\"")];
    }

    public static Option<string?> Lease() => Symbols.Value("--lease", "TOKEN", "The lease's token; inside an agent's session its own (CM_LEASE).");

    public static string LeaseOrOwn(Invocation run, Option<string?> lease) => run.Get(lease) ?? run.Session("CM_LEASE")
        ?? throw new CommandFailedException(ExitCodes.Usage, "Give the lease's token with --lease; `cm claim` printed it. (Inside an agent's session it is known by itself.)");

    public static void Write(Screen screen, DoneResult done) => screen.Line(
        new Span(done.WorkItemId, "bold"), "  ", Styles.Of(done.State, false),
        done.State == WorkItemState.Submitted ? $"  {done.Outcome.Branch} is in the merge queue" : done.Outcome.Reason is { } why ? $"  {Text.Line(why)}" : "",
        new Span(done.Replayed ? "  (said before; nothing was done twice)" : "", "grey"));

    // Branch and commit are what is checked out here; with no checkout the town says whether it needs them.
    static async Task<(string? Branch, string? Commit, string? Subject)> FromGitAsync(Invocation run, string? branch, string? commit, bool ignoreUncommitted, CancellationToken ct)
    {
        var tree = new WorkingTree(run.Terminal.Directory);
        if (!await tree.ExistsAsync(ct)) return (branch, commit, null);
        if (commit is null && !ignoreUncommitted && await tree.UncommittedAsync(ct) is { Count: > 0 } files)
            throw new CommandFailedException(ExitCodes.Refused,
                $"{Text.Count(files.Count, "file")} changed and not committed: {string.Join(", ", files.Take(5))}{(files.Count > 5 ? ", …" : "")}. Commit them and repeat, or say --ignore-uncommitted.");
        return (branch ?? await tree.BranchAsync(ct) ?? run.Session("CM_BRANCH"), commit ?? await tree.HeadAsync(ct), await tree.SubjectAsync(ct));
    }

    static Artifact Artifact(string text) => text.Split('=', 2) is [{ Length: > 0 } kind, { Length: > 0 } uri] ? new(kind, uri)
        : throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is no artifact. Write KIND=URI, e.g. --artifact report=https://….");

    static Usage? UsageOf(string json)
    {
        try { return JsonSerializer.Deserialize<Usage>(json, ClientJson.Options); }
        catch (JsonException e) { throw new CommandFailedException(ExitCodes.Usage, $"--usage is not the JSON expected: {e.Message}"); }
    }
}
