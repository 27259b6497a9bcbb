using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Work;
using ClaudeManage.Work.Data;

namespace ClaudeManage.WorkTests.Transfer;

/// <summary>Sends exports in and out.</summary>
public abstract class TransferHost : WorkHost
{
    protected static readonly DateTimeOffset Then = new(2025, 3, 1, 9, 30, 0, TimeSpan.Zero);

    /// <summary>A second town with nothing in it, on the same clock.</summary>
    protected Task<ModuleTestHost> EmptyTownAsync() =>
        ModuleTestHost.StartAsync([new WorkModule()], Clock, new Dictionary<string, string?> { ["Work:ReplayWaitSeconds"] = "0" });

    protected static ExportedItem Item(string id, WorkItemState state = WorkItemState.Open, string rig = "shop", params ExportedDependency[] edges) => new(
        id, rig, $"Item {id}", null, WorkItemType.Task, state, 2, [], null, [], null, null, null, null, null, false, "ada", null, null, Then, Then.AddHours(1),
        state == WorkItemState.Closed ? Then.AddHours(2) : null, null, null, state == WorkItemState.Closed ? new WorkItemOutcome(OutcomeKind.Completed, "done", "ada") : null, 0, edges, 3);

    protected static ExportedDependency Edge(string target, DependencyType type = DependencyType.Blocks) => new(target, type, "ada", Then);

    /// <summary>A whole export of these lines between a town and an end.</summary>
    protected static string Export(params ExportLine[] lines) => string.Concat(
        [Line(new ExportLine(TownExport.Town, TownExport.Format)), .. lines.Select(Line),
            Line(new ExportLine(TownExport.End, End: new ExportEnd(lines.Count(l => l.Rig is not null), lines.Count(l => l.Item is not null), lines.Count(l => l.Comment is not null))))]);

    protected static string Export(params ExportedItem[] items) => Export([.. items.Select(i => new ExportLine(TownExport.Item, Item: i))]);

    protected static string Line(ExportLine line) => JsonSerializer.Serialize(line, JsonSettings.Web) + "\n";

    protected async Task<HttpResponseMessage> SendImportAsync(byte[] body, bool dryRun = false, HttpClient? to = null)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(TownExport.MediaType) } };
        return await (to ?? Http).PostAsync($"/import?dryRun={(dryRun ? "true" : "false")}", content, Ct);
    }

    protected async Task<ImportResult> ImportAsync(string body, bool dryRun = false, HttpClient? to = null)
    {
        using var answer = await SendImportAsync(Encoding.UTF8.GetBytes(body), dryRun, to);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize<ImportResult>(text, JsonSettings.Web)!;
    }

    protected Task<string> ExportAsync(HttpClient? from = null) => (from ?? Http).GetStringAsync("/export", Ct);

    internal Task<int> EventsWrittenAsync() => DatabaseAsync(async db => (int)(await Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.SumAsync(db.TrailHeads, h => h.Sequence, Ct)));
}
