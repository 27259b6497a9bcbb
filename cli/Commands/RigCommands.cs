using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>rig add</c>, <c>rig list</c>, <c>rig show</c>.</summary>
static class RigCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("rig", "The projects the town works on.", Add(cli), List(cli), Show(cli))];

    static Command Add(CommandLine cli)
    {
        var name = new Argument<string>("name") { Description = "Short name: a-z, 0-9 and -." };
        var repository = new Argument<string?>("repository") { Description = "Path or URL of its git repository. Without one the town only tracks state.", Arity = ArgumentArity.ZeroOrOne };
        var prefix = Symbols.Value("--prefix", "LETTERS", "2 to 8 letters its work item ids begin with (default: the name's first two letters).");
        var branch = Symbols.Value("--branch", "BRANCH", "Branch that work lands on (default: the repository's).");
        var gates = Symbols.Values("--gate", "NAME=COMMAND", "A check that must pass before anything lands. Words are split at spaces; for others give a JSON array.");
        var agent = Symbols.Value("--agent", "COMMAND", "Program that does the work, started for each item in a worktree of its own; a relative path is looked up there.");
        var workers = new Option<int?>("--max-workers") { Description = "Agents at once (default 4).", HelpName = "N" };
        var strategy = Symbols.Choice<MergeStrategy>("--merge", "How finished work reaches the branch (default merge; none without a repository).");
        var settings = Symbols.Value("--settings", "FILE", "All settings as JSON; - reads standard input. Options given beside it win.");
        return cli.Verb("add", "Register a project.", [name, repository, prefix, branch, gates, agent, workers, strategy, settings], async (run, ct) =>
        {
            var about = new RigSettings();
            if (run.Get(settings) is { } file) about = Read(file == "-" ? await run.ReadInputAsync(ct) : await File.ReadAllTextAsync(Path.Combine(run.Terminal.Directory, file), ct), file);
            var url = run.Get(repository) is { } given ? Repository(given, run.Terminal.Directory) : null;
            if (run.Get(workers) is { } n) about = about with { MaxWorkers = n };
            if (run.Get(agent) is { } command) about = about with { RuntimeOptions = (about.RuntimeOptions ?? new()) with { Command = Symbols.Words(command) } };
            if (run.Get(gates) is { Length: > 0 } checks) about = about with { Merge = (about.Merge ?? new()) with { Gates = [.. checks.Select(Gate)] } };
            if ((run.Get(strategy) ?? (url is null && about.Merge is null ? MergeStrategy.None : null)) is { } how) about = about with { Merge = (about.Merge ?? new()) with { Strategy = how } };
            var id = run.Get(name);
            var letters = run.Get(prefix) ?? new string([.. id.Where(char.IsAsciiLetterLower).Take(2)]);
            return await run.ShowAsync(run.Town.CreateRig(new CreateRig(id, letters, url, run.Get(branch), about)), rig => Write(run, rig), rig => rig.Id, ct);
        },
        "cm rig add shop ~/src/shop --prefix sh --gate \"test=make test\" --agent ./agent.sh",
        "cm rig add shop https://example.org/shop.git --gate 'test=[\"make\",\"test\"]'",
        "cm rig add chores                      # no repository: only track state");
    }

    static Command List(CommandLine cli) => cli.Verb("list", "The rigs of the town.", [], (run, ct) => run.ShowAsync(run.Town.Rigs(limit: 500), page =>
    {
        if (page.Items.Count == 0)
        {
            run.Say("No rigs yet. Add one with `cm rig add NAME PATH`.");
            return;
        }
        var table = new Table("RIG", "PREFIX", "STATE", "WORKERS", "MERGE", "GATES", "BRANCH", "REPOSITORY");
        foreach (var r in page.Items)
            table.Add(new Span(r.Id, "bold"), r.Prefix, r.State == RigState.Active ? "active" : new Span(Text.Wire(r.State), "yellow"), $"{r.Settings.MaxWorkers}",
                Text.Wire(r.Settings.Merge?.Strategy ?? MergeStrategy.Merge), Gates(r), r.DefaultBranch, r.GitUrl);
        table.Write(run.Screen);
    }, page => string.Join('\n', page.Items.Select(r => r.Id)), ct), "cm rig list", "cm rig list --json");

    static Command Show(CommandLine cli)
    {
        var name = new Argument<string>("name") { Description = "The rig." };
        return cli.Verb("show", "A rig: its settings and what it is doing.", [name], async (run, ct) =>
        {
            var code = await run.ShowAsync(run.Town.Rig(run.Get(name)), rig => Write(run, rig), rig => rig.Id, ct);
            if (run.Json || run.Quiet) return code;
            var queue = await run.Town.RigQueue(run.Get(name)).SendAsync(ct);
            run.Screen.Field("working", $"{queue.Agents.Count(a => a.Leased is not null)} of {Text.Count(queue.Agents.Count, "agent")}");
            run.Screen.Field("in the pool", $"{queue.Pool.Count}");
            foreach (var w in queue.Waiting.Take(20)) run.Screen.Line(new Span("  waits       ", "grey"), w.WorkItemId, "  ", Text.Line(w.Reason));
            return code;
        }, "cm rig show shop");
    }

    static void Write(Invocation run, RigSnapshot r)
    {
        var (screen, s) = (run.Screen, r.Settings);
        screen.Line(new Span(r.Id, "bold"), $"  {Text.Wire(r.State)}, ids begin with {r.Prefix}-");
        screen.Field("repository", r.GitUrl ?? "none: only state is tracked");
        screen.Field("branch", r.DefaultBranch);
        screen.Field("agent", s.RuntimeOptions?.Command is { Count: > 0 } c ? string.Join(' ', c) : "none: work is claimed with `cm claim` or `cm work`");
        screen.Field("workers", $"{s.MaxWorkers} at most");
        screen.Field("leases", $"{s.LeaseSeconds} s supervised, {s.ClaimLeaseSeconds} s claimed; {s.MaxAttempts} attempts");
        screen.Field("merge", Text.Wire(s.Merge?.Strategy ?? MergeStrategy.Merge));
        foreach (var g in s.Merge?.Gates ?? []) screen.Field("gate", $"{g.Name}: {string.Join(' ', g.Command)} (within {g.TimeoutSeconds} s{(g.Required ? "" : ", not required")})");
        if (r.GitUrl is not null && s.Merge?.Gates is not { Count: > 0 }) screen.Field("gates", new Span("none: whatever merges lands unchecked", "yellow"));
    }

    static Span Gates(RigSnapshot r) => r.GitUrl is null ? "" : r.Settings.Merge?.Gates is { Count: > 0 } g ? string.Join(",", g.Select(x => x.Name)) : new Span("none", "yellow");

    static GateDefinition Gate(string text) => text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } command] ? new(name, Symbols.Words(command))
        : throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is no gate. Write NAME=COMMAND, e.g. --gate \"test=make test\".");

    static RigSettings Read(string json, string file)
    {
        try { return JsonSerializer.Deserialize<RigSettings>(json, ClientJson.Options) ?? new(); }
        catch (JsonException e) { throw new CommandFailedException(ExitCodes.Usage, $"{file} holds no rig settings ({e.Path}): {e.Message}"); }
    }

    // A path is the person's own and relative to where they stand; the town stands elsewhere.
    static string Repository(string given, string here) =>
        given.Contains("://", StringComparison.Ordinal) || (given.Contains(':') && !given.StartsWith('.') && !Path.IsPathRooted(given)) ? given : Path.GetFullPath(given, here);
}
