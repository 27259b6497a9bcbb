using System.Text;
using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Stack;

/// <summary>From PostgreSQL behind a gateway into one process with SQLite, and back.</summary>
[Collection(OnTheStack.Name)]
public class TransferTests(TestStack stack)
{
    const string Rig = "attic";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_town_moves_from_the_stack_into_one_process_and_what_was_made_there_moves_back()
    {
        TestStack.Require();
        var here = await stack.OverseerAsync(Ct);
        await here.CreateRig(new CreateRig(Rig, "at")).SendAsync(Ct);
        var made = (await here.CreateWorkItems([
            new CreateWorkItem(Rig, "Sort it", "Größe, 木, a line\nand another", Key: "sort", Labels: ["dust"]),
            new CreateWorkItem(Rig, "Sweep it", DependsOn: ["#sort"])]).SendAsync(Ct)).Items;
        await here.AddComment(made[0].Id, "mind the spiders").SendAsync(Ct);
        await here.CloseWorkItem(made[0].Id, new CloseWorkItem(Reason: "sorted")).SendAsync(Ct);
        var export = await ExportAsync(here);

        using var scratch = new ScratchDirectory("moved");
        await using var town = await TownProcess.StartAsync(scratch["town"], Ct);
        var there = await town.OverseerAsync(Ct);
        var moved = await ImportAsync(there, export);
        Assert.Equal(export.End, new ExportEnd(moved.Rigs.Created, moved.Items.Created, moved.Comments.Created));
        Assert.Equal(4, export.Own.Count);      // the rig, two items, a comment
        Assert.Equal(export.Own, (await ExportAsync(there)).Own);

        var late = (await there.CreateWorkItems([new CreateWorkItem(Rig, "Air it", DependsOn: [made[1].Id])]).SendAsync(Ct)).Items[0];
        var back = await ExportAsync(there);
        var returned = await ImportAsync(here, back);
        Assert.Equal(new ExportEnd(0, 1, 0), new ExportEnd(returned.Rigs.Created, returned.Items.Created, returned.Comments.Created));
        Assert.Equal(back.Own, (await ExportAsync(here)).Own);
        Assert.False((await here.WorkItem(late.Id).SendAsync(Ct)).Ready);
        Assert.True((await here.Call<TrailVerification>(HttpMethod.Get, "events/verify").SendAsync(Ct)).Ok);
    }

    /// <summary>All of it, and the lines of this test's rig: what other tests made may be under way.</summary>
    sealed record Exported(string Text, IReadOnlyList<string> Own, ExportEnd End);

    static async Task<Exported> ExportAsync(TownClient town)
    {
        using var reader = new StreamReader(await town.ExportAsync(Ct));
        var text = await reader.ReadToEndAsync(Ct);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => (Text: l, Line: JsonSerializer.Deserialize<ExportLine>(l, ClientJson.Options)!)).ToList();
        return new(text, [.. lines.Where(l => l.Line.Rig?.Id == Rig || l.Line.Item?.RigId == Rig || l.Line.Comment?.WorkItemId.StartsWith("at-", StringComparison.Ordinal) == true).Select(l => l.Text)], lines[^1].Line.End!);
    }

    static async Task<ImportResult> ImportAsync(TownClient town, Exported export) => JsonSerializer.Deserialize<ImportResult>(
        await town.ImportAsync(async (stream, ct) => await stream.WriteAsync(Encoding.UTF8.GetBytes(export.Text), ct), dryRun: false, Ct), ClientJson.Options)!;
}
