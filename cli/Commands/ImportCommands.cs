using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Import.Beads;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>import beads</c>, <c>import town</c>.</summary>
static class ImportCommands
{
    public static Command Make(CommandLine cli) => CommandLine.Group("import", "Take in work from elsewhere.", Beads(cli), Town(cli));

    static Command Beads(CommandLine cli)
    {
        var path = new Argument<string>("path") { Description = "issues.jsonl of Beads or Gas Town, or a directory with one (beside it labels.jsonl, dependencies.jsonl, comments.jsonl of a dump)." };
        var rig = Symbols.Rig("The rig it all belongs to (default: the one with the prefix of each id).");
        var rename = Symbols.Flag("--rename", "With --rig: ids of other prefixes get new ones; the old one becomes the external reference.");
        var apply = Symbols.Flag("--apply", "Import. Without it only the report is made, and nothing is changed.");
        return cli.Verb("beads", "Import Beads data: first a report of what has no place here, with --apply the import. The same again changes nothing.", [path, rig, rename, apply], async (run, ct) =>
        {
            if (run.Get(rename) && run.Get(rig) is null) throw new CommandFailedException(ExitCodes.Usage, "Say with --rig which rig the renamed issues belong to.");
            var rigs = (await run.Town.Rigs(limit: 500).SendAsync(ct)).Items;
            Mapped mapped;
            try { mapped = BeadsMapping.Map(BeadsFiles.Read(Path.Combine(run.Terminal.Directory, run.Get(path))), rigs, run.Get(rig), run.Get(rename)); }
            catch (BeadsException e) { throw new CommandFailedException(ExitCodes.Refused, e.Message); }
            var result = await SendAsync(run, mapped, dryRun: !run.Get(apply), ct);
            if (run.Json) run.PrintJson(new { mapped.Read, mapped.Items, mapped.Dependencies, mapped.Comments, Losses = mapped.Losses.Entries, Result = result });
            else if (!run.Quiet) Write(run, mapped, result);
            return result.Items.Conflicting + result.Comments.Conflicting > 0 ? ExitCodes.Conflict : ExitCodes.Ok;
        },
        "cm import beads .beads                         # the report; nothing is changed",
        "cm import beads .beads --apply",
        "cm import beads issues.jsonl --rig shop --rename --apply",
        "cm import beads .beads --json | jq '.losses[]'");
    }

    static Command Town(CommandLine cli)
    {
        var file = new Argument<string>("file") { Description = "What `cm export` wrote; - reads standard input." };
        var dry = Symbols.Flag("--dry-run", "Only say what would be done.");
        return cli.Verb("town", "Import an export of a town. What is here already is left alone; the same again changes nothing.", [file, dry], async (run, ct) =>
        {
            var body = await run.Town.ImportAsync((stream, token) => CopyAsync(run, run.Get(file), stream, token), run.Get(dry), ct);
            var result = JsonSerializer.Deserialize<ImportResult>(body, ClientJson.Options)!;
            if (run.Json) await run.Terminal.Out.WriteLineAsync(body);
            else if (!run.Quiet) Write(run, result);
            return result.Rigs.Conflicting + result.Items.Conflicting + result.Comments.Conflicting > 0 ? ExitCodes.Conflict : ExitCodes.Ok;
        }, "cm import town town.ndjson --dry-run", "cm import town town.ndjson", "cm export --url http://old:7117 | cm import town -");
    }

    static async Task CopyAsync(Invocation run, string file, Stream stream, CancellationToken ct)
    {
        if (file != "-")
        {
            await using var source = File.OpenRead(Path.Combine(run.Terminal.Directory, file));
            await source.CopyToAsync(stream, ct);
            return;
        }
        await using var writer = new StreamWriter(stream, leaveOpen: true);
        while (await run.Terminal.In.ReadLineAsync(ct) is { } line) await writer.WriteAsync((line + "\n").AsMemory(), ct);
    }

    /// <summary>A refusal names the line of the file, not of what was made of it.</summary>
    static async Task<ImportResult> SendAsync(Invocation run, Mapped mapped, bool dryRun, CancellationToken ct)
    {
        try
        {
            return JsonSerializer.Deserialize<ImportResult>(await run.Town.ImportAsync(async (stream, token) =>
            {
                foreach (var line in mapped.Lines)
                {
                    await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(line.Line, ClientJson.Options), token);
                    await stream.WriteAsync("\n"u8.ToArray(), token);
                }
            }, dryRun, ct), ClientJson.Options)!;
        }
        catch (TownProblemException e) when (int.TryParse(e.Text("line"), out var n) && n > 0 && n <= mapped.Lines.Count && mapped.Lines[n - 1].Where.Length > 0)
        {
            throw new CommandFailedException(ExitCodes.Of(e), $"{mapped.Lines[n - 1].Where} cannot be imported as it is. The town says of it: {e.Detail}");
        }
    }

    static void Write(Invocation run, Mapped mapped, ImportResult result)
    {
        run.Screen.Line($"{Text.Count(mapped.Read, "line")} read: {Text.Count(mapped.Items, "item")}, {mapped.Dependencies} dependencies, {Text.Count(mapped.Comments, "comment")}.");
        if (mapped.Losses.Entries.Count > 0)
        {
            run.Screen.Heading("What is otherwise here, or has no place");
            var table = new Table("COUNT", "WHAT", "FOR EXAMPLE");
            foreach (var entry in mapped.Losses.Entries) table.Add($"{entry.Count}", entry.What, string.Join(", ", entry.Examples));
            table.Write(run.Screen);
        }
        run.Screen.Line();
        Write(run, result);
        if (result.DryRun) run.Say("Nothing was changed. Repeat with --apply to import.");
    }

    static void Write(Invocation run, ImportResult result)
    {
        var table = new Table("", result.DryRun ? "WOULD BE NEW" : "NEW", "ALREADY HERE", "HERE OTHERWISE");
        foreach (var (name, counts) in ((string, ImportCounts)[])[("rigs", result.Rigs), ("items", result.Items), ("comments", result.Comments)])
            table.Add(name, $"{counts.Created}", $"{counts.Unchanged}", $"{counts.Conflicting}");
        table.Write(run.Screen);
        if (result.Opened > 0) run.Screen.Line($"{Text.Count(result.Opened, "item")} under way elsewhere: open here, where nobody has them.");
        foreach (var conflict in result.Conflicts) run.Screen.Line(new Span(conflict.Id, "yellow"), "  ", conflict.Reason);
        if (result.More) run.Screen.Line("… and more.");
    }
}
