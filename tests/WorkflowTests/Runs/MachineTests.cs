using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Workflow;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Sagas;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>The molecule's saga: every state × event, and × what a person may do, on the real bus and database, against a square written down once more by hand.</summary>
public sealed class MachineTests
{
    const string Same = "=", None = "-", No = "!";

    static readonly string[] Events =
    [
        "items created", "items refused", "item ready", "item reopened", "item started", "item closed", "item failed", "attempt failed", "exhausted", "sling refused", "retry due", "step timed out", "timer due", "gate expired",
        "cancel", "retry", "skip", "squash", "burn",
    ];

    /// <summary>Of a molecule with one step, which is pending, ready or before a gate, as the state has it.</summary>
    static readonly Dictionary<string, string[]> Square = new()
    {
        //               items…     refused   ready reopened started    closed       failed    attempt exhausted sling…    retry due timed out timer…     gate…     cancel    retry      skip         squash      burn
        [None] = [None, None, None, None, None, None, None, None, None, None, None, None, None, None, No, No, No, No, No],
        ["Pouring"] = ["Running", "Failed", Same, Same, Same, "Completed", "Failed", Same, "Failed", "Failed", Same, Same, Same, Same, "Failed", No, "Completed", No, "Burned"],
        ["Running"] = [Same, "Failed", Same, Same, Same, "Completed", "Failed", Same, "Failed", "Failed", Same, "Failed", Same, Same, "Failed", Same, "Completed", No, "Burned"],
        ["Waiting"] = [Same, "Failed", Same, Same, "Running", "Completed", "Failed", Same, "Failed", "Failed", Same, Same, "Running", "Failed", "Failed", No, "Completed", No, "Burned"],
        ["Completed"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, No, No, No, "Squashed", "Burned"],
        ["Failed"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, "Running", No, "Squashed", "Burned"],
        ["Burned"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, No, No, No, No, Same],
        ["Squashed"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, Same, No, No, No, Same, Same],
    };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_pair_leads_where_the_square_says_and_the_diagram_in_the_docs_is_the_machine()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
        await using var host = await ModuleTestHost.StartAsync([new WorkflowModule()], clock);
        using var http = host.Client();
        var (lines, number) = (new SortedSet<string>(StringComparer.Ordinal), 0);
        foreach (var (state, row) in Square)
            for (var i = 0; i < Events.Length; i++)
            {
                var id = $"sh-mol-x{++number}";
                if (state != None) await SeedAsync(host, id, state, Events[i], clock.GetUtcNow());
                var refused = await HappenAsync(host, http, id, Events[i]);
                var after = await StateAsync(host, id);
                Assert.True(refused == (row[i] == No), $"{state} × {Events[i]}: {(refused ? "refused" : "not refused")}");
                Assert.True(after == (row[i] is Same or No ? state : row[i]), $"{state} × {Events[i]}: {after}, expected {row[i]}");
                if (after != state) lines.Add($"    {state} --> {after}: {Events[i]}");
            }
        Assert.Equal(0, await host.UseAsync<WorkflowDbContext, int>(db => db.DeadLetters.CountAsync(Ct)));
        Approved.VerifyFile(Path.Combine(Repository(), "docs", "diagrams", "molecule.md"),
            "# Molecule\n\nThe states of a molecule with one step (`WorkflowRunStateMachine`); a pour makes the row. Made from the machine; a test compares them.\n\n```mermaid\nstateDiagram-v2\n    [*] --> Pouring: pour\n"
            + string.Join('\n', lines) + "\n```\n");
    }

    [Fact]
    public void The_square_names_every_state_and_event()
    {
        var machine = new WorkflowRunStateMachine();
        Assert.Equal(machine.States.Select(s => s.Name).Where(n => n is not ("Initial" or "Final")).Order(), Square.Keys.Where(k => k != None).Order());
        Assert.Equal(Enum.GetNames<MoleculeState>().Order(), Square.Keys.Where(k => k != None).Order());
        // Closing well and badly is one event, and so are a timer and a gate that is due.
        Assert.Equal(machine.Events.Count(), Events.Length - 5 - 2);
        Assert.All(Square.Values, row => Assert.Equal(Events.Length, row.Length));
    }

    static async Task<bool> HappenAsync(ModuleTestHost host, HttpClient http, string id, string happened)
    {
        var (root, item) = (Ids.RootOf(id), Ids.RootOf(id) + ".1");
        var snapshot = Samples.Item(item, version: 5);
        var closed = Samples.Item(item, version: 5, state: WorkItemState.Closed);
        var assignment = Samples.Assignment(item, "shop/crew/ada");
        var result = new CompletionResult(CompletionOutcome.Failed, WorkItemState.Open, null, "why", null, null, null, null, "shop/crew/ada", 1, Samples.Moment);
        Task Tell<T>(T message) where T : class => host.PublishAsync(message, Ct);
        Task<HttpResponseMessage> Ask(string path, object body) => http.PostAsJsonAsync($"/molecules/{id}/{path}", body, JsonSettings.Web, Ct);
        HttpResponseMessage? answer = null;
        switch (happened)
        {
            case "items created": await Tell(new WorkItemsCreated(id, 1)); break;
            case "items refused": await Tell(new WorkItemsRefused(id, 1, "invalid", "why")); break;
            case "item ready": await Tell(new WorkItemReady(Samples.Event(WorkItemReady.Type), snapshot)); break;
            case "item reopened": await Tell(new WorkItemReopened(Samples.Event(WorkItemReopened.Type), snapshot)); break;
            case "item started": await Tell(new WorkItemStarted(Samples.Event(WorkItemStarted.Type), snapshot)); break;
            case "item closed": await Tell(new WorkItemClosed(Samples.Event(WorkItemClosed.Type), closed with { Outcome = new WorkItemOutcome(OutcomeKind.Completed, null, "shop/crew/ada") })); break;
            case "item failed": await Tell(new WorkItemClosed(Samples.Event(WorkItemClosed.Type), closed with { Outcome = new WorkItemOutcome(OutcomeKind.Failed, "why", "shop/crew/ada") })); break;
            case "attempt failed": await Tell(new AssignmentCompleted(Samples.Event(AssignmentCompleted.Type), assignment with { Result = result })); break;
            case "exhausted": await Tell(new AssignmentExhausted(Samples.Event(AssignmentExhausted.Type), assignment, "why")); break;
            case "sling refused": await Tell(new SlingRefused(id, item, "item-held", "why")); break;
            case "retry due": await Tell(new StepRetryDue(root, "a", 1)); break;
            case "step timed out": await Tell(new StepTimeoutDue(root, "a", 1)); break;
            case "timer due" or "gate expired": await Tell(new GateDue(root, MoleculeRow.KeyOf(root))); break;
            case "retry" or "skip": answer = await Ask($"steps/a/{happened}", new { reason = "why" }); break;
            default: answer = await Ask(happened, new { reason = "why" }); break;
        }
        await host.IdleAsync(Ct);
        Assert.True(answer is null or { StatusCode: HttpStatusCode.OK or HttpStatusCode.Conflict or HttpStatusCode.NotFound }, $"{happened}: {answer?.StatusCode}");
        return answer is { IsSuccessStatusCode: false };
    }

    static Task SeedAsync(ModuleTestHost host, string id, string state, string happened, DateTimeOffset now) => host.UseAsync<WorkflowDbContext, bool>(async db =>
    {
        var root = Ids.RootOf(id);
        var step = state switch
        {
            "Pouring" => StepState.Pending,
            "Running" => happened switch { "retry due" => StepState.Pending, "step timed out" => StepState.Running, _ => StepState.Ready },
            "Waiting" => StepState.Waiting,
            "Completed" => StepState.Done,
            _ => StepState.Cancelled,
        };
        var open = state is "Pouring" or "Running" or "Waiting";
        await db.TransactAsync(_ =>
        {
            db.Molecules.Add(new MoleculeRow
            {
                CorrelationId = MoleculeRow.KeyOf(root),
                MoleculeId = id,
                RootItemId = root,
                State = state,
                Formula = "one",
                Title = "One",
                RigId = "shop",
                PouredBy = "overseer",
                CreatedAt = now,
                NextItem = 2,
                Batches = 1,
                Total = 1,
                Open = open ? 1 : 0,
                Active = step is StepState.Ready or StepState.Running ? 1 : 0,
                Waiting = step is StepState.Waiting ? 1 : 0,
            });
            db.Steps.Add(new StepRow
            {
                MoleculeId = id,
                StepId = "a",
                State = step,
                WorkItemId = root + ".1",
                ItemVersion = 4,
                ItemReady = open && state != "Pouring",
                Attempt = state == "Pouring" ? 0 : 1,
                NotBefore = happened == "retry due" ? now : null,
                Step = new CookedStep { Id = "a", Title = "A", TimeoutSeconds = 60 },
            });
            if (open) db.Gates.Add(new GateRow { Id = MoleculeRow.KeyOf(root), MoleculeId = id, StepId = "a", Type = happened == "timer due" ? "timer" : "human", State = GateState.Waiting, CreatedAt = now, DueAt = now });
            return Task.CompletedTask;
        }, Ct);
        return true;
    });

    static Task<string> StateAsync(ModuleTestHost host, string id) => host.UseAsync<WorkflowDbContext, string>(async db =>
        await db.Molecules.AsNoTracking().Where(m => m.MoleculeId == id).Select(m => m.State).SingleOrDefaultAsync(Ct) ?? None);

    static string Repository([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
