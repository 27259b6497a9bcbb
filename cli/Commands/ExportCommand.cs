using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm export</c>: everything the ledger keeps, a JSON document per line.</summary>
static class ExportCommand
{
    public static Command Make(CommandLine cli)
    {
        var file = Symbols.Value("--out", "FILE", "Write it there; a file that exists is replaced when all is there. Else to standard output.", "-o");
        return cli.Verb("export", "Write out the town: rigs, items, dependencies, comments, a JSON document per line. `cm import town` takes it.", [file], async (run, ct) =>
        {
            if (run.Get(file) is not { } name)
            {
                await CopyAsync(run, run.Terminal.Out, ct);
                return ExitCodes.Ok;
            }
            var path = Path.Combine(run.Terminal.Directory, name);
            var part = path + ".part";
            ExportEnd end;
            try
            {
                await using (var writer = new StreamWriter(part)) end = await CopyAsync(run, writer, ct);
                File.Move(part, path, overwrite: true);
            }
            finally { File.Delete(part); }
            run.Say($"{Text.Count((int)end.Rigs, "rig")}, {Text.Count((int)end.Items, "item")} and {Text.Count((int)end.Comments, "comment")} in {path}.");
            return ExitCodes.Ok;
        }, "cm export --out town.ndjson", "cm export | gzip > town.ndjson.gz");
    }

    static async Task<ExportEnd> CopyAsync(Invocation run, TextWriter to, CancellationToken ct)
    {
        await using var body = await run.Town.ExportAsync(ct);
        using var lines = new StreamReader(body);
        string? last = null;
        while (await lines.ReadLineAsync(ct) is { } line)
        {
            await to.WriteAsync($"{line}\n".AsMemory(), ct);
            last = line;
        }
        await to.FlushAsync(ct);
        return (last is null ? null : JsonSerializer.Deserialize<ExportLine>(last, ClientJson.Options)?.End)
            ?? throw new CommandFailedException(ExitCodes.Refused, "The town broke off before the end of the export. Repeat it; the town's log says why.");
    }
}
