using System.CommandLine;
using System.Text.Json;
using ClaudeManage.Cli.Output;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>cm events</c>: the trail, as it was or as it happens.</summary>
static class EventsCommand
{
    public static Command Make(CommandLine cli)
    {
        var follow = Symbols.Flag("--follow", "Go on as things happen.", "-f");
        var after = new Option<long?>("--after") { Description = "Only events after this sequence number (with --follow: default from now on).", HelpName = "N" };
        var rig = Symbols.Rig();
        var type = Symbols.Value("--type", "TYPES", "Only these types, separated by commas, with * for any end: work-item.*,lease.expired.", "-t");
        var item = Symbols.Value("--item", "ITEM", "Only about this work item.", "-i");
        var actor = Symbols.Value("--actor", "ADDRESS", "Only caused by this actor.");
        var convoy = Symbols.Value("--convoy", "CONVOY", "Only of this convoy.");
        var limit = Symbols.Limit();
        return cli.Verb("events", "Everything that happened, in order.", [follow, after, rig, type, item, actor, convoy, limit], async (run, ct) =>
        {
            var query = new EventQuery(run.Get(rig), run.Get(type), run.Get(item), run.Get(actor), run.Get(convoy));
            if (!run.Get(follow)) return await WritePageAsync(run, run.Town.Events(run.Get(after) ?? 0, query, run.Get(limit)), null, ofOneItem: run.Get(item) is not null, ct);
            await foreach (var entry in run.Town.FollowEventsAsync(run.Get(after), query, ct: ct))
            {
                if (run.Json) run.PrintJson(entry);
                else Write(run.Screen, entry, ofOneItem: run.Get(item) is not null);
                await run.Terminal.Out.FlushAsync(ct);
            }
            return ExitCodes.Ok;
        }, "cm events --follow", "cm events --item sh-x7k2m", "cm events --type 'merge.*,lease.expired' --rig shop", "cm events --follow --json | jq -r .eventType");
    }

    public static Task<int> WritePageAsync(Invocation run, TownCall<Page<TrailEntry>> call, string? heading, bool ofOneItem, CancellationToken ct) => run.ShowAsync(call, page =>
    {
        if (heading is not null) run.Screen.Heading(heading);
        foreach (var entry in page.Items) Write(run.Screen, entry, ofOneItem);
        run.SayNext(page.Next);
    }, page => string.Join('\n', page.Items.Select(e => e.Sequence)), ct);

    public static void Write(Screen screen, TrailEntry e, bool ofOneItem)
    {
        var head = $"{e.Sequence,6}  {e.EmittedAt.LocalDateTime:HH:mm:ss}  {e.EventType,-22}";
        var about = ofOneItem ? $"  {e.ActorAgentId}  {Gist(e.Payload, Words[..4])}" : $"  {e.WorkItemId ?? e.RigId ?? "",-12}  {e.ActorAgentId}  {Gist(e.Payload, Words)}";
        screen.Line(new Span(head[..16], "grey"), new Span(head[16..], Colour(e.EventType)), screen.Width == int.MaxValue ? about : Text.Cut(about, Math.Max(20, screen.Width - 1 - head.Length)));
    }

    static string? Colour(string type) => type switch
    {
        "merge.merged" or "work-item.closed" or "convoy.landed" => "green",
        "lease.expired" or "merge.rejected" or "merge.conflicted" or "assignment.exhausted" or "incident.raised" or "session.start-failed" => "red",
        _ => null,
    };

    static readonly string[] Words = ["reason", "what", "text", "feedback", "title", "name"];

    // The words a person looks for first, wherever in the payload they stand.
    static string Gist(JsonElement payload, string[] words)
    {
        foreach (var name in words)
            if (Find(payload, name, 2) is { Length: > 0 } said) return Text.Line(said);
        return "";
    }

    static string? Find(JsonElement element, string name, int depth)
    {
        if (element.ValueKind != JsonValueKind.Object) return null;
        if (element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String) return value.GetString();
        if (depth == 0) return null;
        return element.EnumerateObject().Where(p => p.Name != "event").Select(p => Find(p.Value, name, depth - 1)).FirstOrDefault(found => found is { Length: > 0 });
    }
}
