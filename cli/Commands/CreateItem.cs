using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm create</c>: one item from options, or a batch from a file.</summary>
static class CreateItem
{
    public static Command Make(CommandLine cli)
    {
        var title = new Argument<string?>("title") { Description = "What is to be done, in a line.", Arity = ArgumentArity.ZeroOrOne };
        var rig = Symbols.Rig("The rig it belongs to; inside an agent's session its own (CM_RIG).");
        var description = Symbols.Value("--description", "TEXT", "The whole of it; - reads standard input.", "-d");
        var type = Symbols.Choice<WorkItemType>("--type", "What kind of work (default task).", "-t");
        var priority = Symbols.Priority();
        var labels = Symbols.Values("--label", "LABEL", "A label.", "-l");
        var needs = Symbols.Values("--needs", "ITEM", "It waits for this item.");
        var parent = Symbols.Value("--parent", "ITEM", "It is part of this item.");
        var acceptance = Symbols.Values("--acceptance", "TEXT[=COMMAND]", "Something that must hold; after = a command that must exit 0.");
        var defer = Symbols.Value("--defer", "TIME", "Not ready before then: +2h or a date.");
        var due = Symbols.Value("--due", "TIME", "When it should be done.");
        var external = Symbols.Value("--external-ref", "REF", "What it is called elsewhere.");
        var file = Symbols.Value("--file", "FILE", "Create a batch from JSON, {\"items\":[…]}, in one transaction; - reads standard input.", "-f");
        var key = Symbols.Value("--idempotency-key", "KEY", "Repeating with the same key creates nothing twice.");
        return cli.Verb("create", "Create a work item, or a batch.", [title, rig, description, type, priority, labels, needs, parent, acceptance, defer, due, external, file, key], async (run, ct) =>
        {
            if (run.Get(file) is { } path) return await BatchAsync(run, path, run.Get(key), ct);
            var item = new CreateWorkItem(
                run.Get(rig) ?? run.Session("CM_RIG"),
                run.Get(title) ?? throw new CommandFailedException(ExitCodes.Usage, "Give the item a title, or a batch with --file."),
                await run.TextAsync(run.Get(description), ct), run.Get(type), run.Get(priority), null, null, run.Get(parent),
                NonEmpty(run.Get(labels)), NonEmpty(run.Get(needs)), null, NonEmpty(run.Get(acceptance))?.Select(Criterion).ToList(), null, run.Get(external),
                run.Get(defer) is { } from ? Symbols.Time(from, run.Now) : null, run.Get(due) is { } by ? Symbols.Time(by, run.Now) : null);
            if (item.RigId is null) throw new CommandFailedException(ExitCodes.Usage, "Name the rig with --rig. `cm rig list` shows which there are.");
            return await run.ShowAsync(Keyed(run.Town.CreateWorkItem(item), run.Get(key)), made =>
                run.Screen.Line(new Span(made.Id, "bold"), "  ", Styles.Of(made.State, made.Ready), "  " + Text.Line(made.Title)), made => made.Id, ct);
        },
        "cm create \"Fix login\" --rig shop --type bug --priority 1",
        "cm create \"Ship it\" -r shop --needs sh-a1b2c --needs sh-d3e4f",
        "cm create \"Add search\" -r shop --acceptance \"tests pass=make test\"",
        "cm create --file plan.json      # {\"items\":[{\"key\":\"a\",…},{\"dependsOn\":[\"#a\"],…}]}");
    }

    static async Task<int> BatchAsync(Invocation run, string path, string? key, CancellationToken ct)
    {
        var text = path == "-" ? await run.ReadInputAsync(ct) : await File.ReadAllTextAsync(Path.Combine(run.Terminal.Directory, path), ct);
        IReadOnlyList<CreateWorkItem>? items;
        try { items = JsonSerializer.Deserialize<Batch>(text, ClientJson.Options)?.Items; }
        catch (JsonException e) { throw new CommandFailedException(ExitCodes.Usage, $"{path} is not a batch of work items ({e.Path}): {e.Message}"); }
        if (items is not { Count: > 0 }) throw new CommandFailedException(ExitCodes.Usage, $"{path} has no items. It should look like {{\"items\":[{{\"rigId\":\"shop\",\"title\":\"…\"}}]}}.");
        return await run.ShowAsync(Keyed(run.Town.CreateWorkItems(items), key), made =>
        {
            var table = new Table("ID", "STATE", "TITLE");
            foreach (var i in made.Items) table.Add(new Span(i.Id, "bold"), Styles.Of(i.State, i.Ready), i.Title);
            table.Write(run.Screen);
        }, made => string.Join('\n', made.Items.Select(i => i.Id)), ct);
    }

    static TownCall<T> Keyed<T>(TownCall<T> call, string? key) => key is null ? call : call.Once(key);

    static AcceptanceCriterion Criterion(string text) => text.Split('=', 2) is [var words, var command] ? new(words.Trim(), Symbols.Words(command)) : new(text);

    internal static IReadOnlyList<string>? NonEmpty(string[]? values) => values is { Length: > 0 } ? values : null;

    sealed record Batch(IReadOnlyList<CreateWorkItem>? Items);
}
