using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Convoy;
using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Sagas;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.ConvoyTests;

/// <summary>The convoy's saga: every state × event, and × what a person may do, on the real bus and database, against a square written down once more by hand.</summary>
public sealed class MachineTests
{
    const string Same = "=", None = "-", No = "!";

    static readonly string[] Events = ["item slung into it", "item opened again", "last item closed", "check due", "deadline due", "sling refused", "merges held", "landing completed", "landing failed", "launch", "pause", "resume", "items added", "item taken out", "terms changed", "cancel"];

    /// <summary>Of a convoy that is run by hand, with one item; it is open unless the convoy has landed.</summary>
    static readonly Dictionary<string, string[]> Square = new()
    {
        //            slung   opened… last closed check deadline refused held, completed, failed launch pause resume added out terms cancel
        [None] = ["Open", None, None, None, None, None, None, None, None, No, No, No, No, No, No, No],
        ["Staged"] = ["Open", Same, Same, Same, Same, Same, Same, Same, Same, "Open", No, No, Same, Same, Same, "Cancelled"],
        ["Open"] = [Same, Same, "Landed", Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, "Cancelled"],
        ["Landed"] = ["Open", "Open", Same, Same, Same, Same, Same, Same, Same, No, No, No, "Open", No, No, No],
        ["Cancelled"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, No, No, No, No, No, No, Same],
    };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_pair_leads_where_the_square_says_and_the_diagram_in_the_docs_is_the_machine(bool postgres)
    {
        await using var ground = await Ground.MakeAsync(postgres, ["convoy", "probe"], Ct);
        await using var host = await ModuleTestHost.StartAsync([new ConvoyModule()], settings: ground.With(null, ("Convoy:UnknownItemWaitMilliseconds", "0")));
        using var http = host.Client();
        await host.PublishAsync(new RigRegistered(Samples.Event(RigRegistered.Type), Samples.Rig()), Ct);
        var (lines, number) = (new SortedSet<string>(StringComparer.Ordinal), 0);
        foreach (var (state, row) in Square)
            for (var i = 0; i < Events.Length; i++)
            {
                var (id, item) = ($"hq-cv-x{++number}", $"sh-{number}");
                if (state != None) await SeedAsync(host, id, item, state);
                var refused = await HappenAsync(host, http, id, item, Events[i]);
                var after = await StateAsync(host, id);
                Assert.True(refused == (row[i] == No), $"{state} × {Events[i]}: {(refused ? "refused" : "not refused")}");
                Assert.True(after == (row[i] is Same or No ? state : row[i]), $"{state} × {Events[i]}: {after}, expected {row[i]}");
                if (after != state && state != None) lines.Add($"    {state} --> {after}: {Events[i]}");
            }
        Assert.Equal(0, await host.UseAsync<ConvoyDbContext, int>(db => db.DeadLetters.CountAsync(Ct)));
        Approved.VerifyFile(Path.Combine(Repository(), "docs", "diagrams", "convoy.md"),
            "# Convoy\n\nThe states of a convoy that is run by hand (`ConvoyStateMachine`). Made from the machine; a test compares them.\n\n```mermaid\nstateDiagram-v2\n    [*] --> Staged: made\n    [*] --> Open: made by a sling\n"
            + string.Join('\n', lines) + "\n```\n");
    }

    [Fact]
    public void The_square_names_every_state_and_event()
    {
        var machine = new ConvoyStateMachine();
        Assert.Equal(machine.States.Select(s => s.Name).Where(n => n is not ("Initial" or "Final")).Order(), Square.Keys.Where(k => k != None).Order());
        Assert.Equal(Enum.GetNames<ConvoyState>().Order(), Square.Keys.Where(k => k != None).Order());
        // Opened again and closed are one event; the last seven are people's.
        Assert.Equal(machine.Events.Count(), Events.Length - 1 - 7);
        Assert.All(Square.Values, row => Assert.Equal(Events.Length, row.Length));
    }

    static async Task<bool> HappenAsync(ModuleTestHost host, HttpClient http, string id, string item, string happened)
    {
        Task Tell<T>(T message) where T : class => host.PublishAsync(message, Ct);
        Task<HttpResponseMessage> Ask(string path, object body) => http.PostAsJsonAsync($"/convoys/{id}/{path}", body, JsonSettings.Web, Ct);
        HttpResponseMessage? answer = null;
        switch (happened)
        {
            case "item slung into it": await Tell(new EnsureConvoy(id, "x", [item + "0"], "overseer")); break;
            case "item opened again": await Tell(new WorkItemReopened(Samples.Event(WorkItemReopened.Type), Samples.Item(item, version: 5))); break;
            case "last item closed": await Tell(new WorkItemClosed(Samples.Event(WorkItemClosed.Type), Samples.Item(item, version: 5, state: WorkItemState.Closed))); break;
            case "check due": await Tell(new ConvoyCheckDue(id, Guid.Empty)); break;
            case "deadline due": await Tell(new ConvoyDeadlineDue(id, Guid.Empty)); break;
            case "terms changed": answer = await http.PatchAsJsonAsync($"/convoys/{id}", new UpdateConvoyRequest("y"), JsonSettings.Web, Ct); break;
            case "sling refused": await Tell(new SlingRefused(id, item, "rig-docked", "why")); break;
            case "merges held": await Tell(new MergesHeld(id, 1, [])); break;
            case "landing completed": await Tell(new LandingCompleted(Samples.Event(LandingCompleted.Type), id, 0, [])); break;
            case "landing failed": await Tell(new LandingFailed(Samples.Event(LandingFailed.Type), id, 0, "why", false, [])); break;
            case "items added": answer = await Ask("items", new ConvoyItemsRequest([item + "0"])); break;
            case "item taken out": answer = await http.DeleteAsync($"/convoys/{id}/items/{item}", Ct); break;
            default: answer = await Ask(happened, new { }); break;
        }
        await host.IdleAsync(Ct);
        Assert.True(answer is null or { StatusCode: HttpStatusCode.OK or HttpStatusCode.Conflict or HttpStatusCode.NotFound }, $"{happened}: {answer?.StatusCode}");
        return answer is { IsSuccessStatusCode: false };
    }

    static Task SeedAsync(ModuleTestHost host, string id, string item, string state) => host.UseAsync<ConvoyDbContext, bool>(async db =>
    {
        await db.TransactAsync(_ =>
        {
            db.Convoys.Add(new ConvoyRow { CorrelationId = ConvoyRow.KeyOf(id), ConvoyId = id, State = state, Name = "x", Owner = "overseer", CreatedAt = Samples.Moment, Watched = true });
            db.Items.Add(new ConvoyItemRow { ConvoyId = id, WorkItemId = item, AddedAt = Samples.Moment });
            db.Copies.Add(new ItemCopy { Id = item, RigId = "shop", State = state == "Landed" ? WorkItemState.Closed : WorkItemState.Open, Ready = state != "Landed", Version = 4 });
            return Task.CompletedTask;
        }, Ct);
        return true;
    });

    static Task<string> StateAsync(ModuleTestHost host, string id) => host.UseAsync<ConvoyDbContext, string>(async db =>
        await db.Convoys.AsNoTracking().Where(m => m.ConvoyId == id).Select(m => m.State).SingleOrDefaultAsync(Ct) ?? None);

    static string Repository([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
