using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Hook.Data;
using ClaudeManage.Hook.Sagas;
using ClaudeManage.Persistence;
using ClaudeManage.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.HookTests.Module;

/// <summary>The dispatch saga: every state × event on the real bus and database, against a square written down once more by hand.</summary>
public sealed class DispatchMachineTests
{
    const string Same = "=", None = "-";

    static readonly string[] Events = ["requested", "granted", "leased", "finished", "timed out", "circuit closed", "started", "start failed", "start failed, the third"];

    static readonly Dictionary<string, string[]> Square = new()
    {
        //                   requested         granted     leased     finished  timed out         closed           started start failed      … the third
        [None] = ["WaitingForSlot", None, None, None, None, None, None, None, None],
        ["WaitingForSlot"] = [Same, "Starting", "Running", "Ended", Same, Same, Same, Same, "CircuitBroken"],
        ["Starting"] = ["WaitingForSlot", Same, "Running", "Ended", "WaitingForSlot", Same, Same, "WaitingForSlot", "CircuitBroken"],
        ["Running"] = ["WaitingForSlot", Same, Same, "Ended", Same, Same, Same, Same, Same],
        ["Ended"] = ["WaitingForSlot", Same, "Running", Same, Same, Same, Same, Same, Same],
        ["CircuitBroken"] = [Same, Same, "Running", "Ended", Same, "WaitingForSlot", Same, Same, Same],
    };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_pair_leads_where_the_square_says_and_the_diagram_in_the_docs_is_the_machine()
    {
        // Rigs are not managed here: the scheduler leaves the rows alone.
        await using var scene = await Scene.StartAsync();
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (state, row) in Square)
            for (var i = 0; i < Events.Length; i++)
            {
                var after = await AfterAsync(scene, state, Events[i]);
                Assert.True(after == (row[i] == Same ? state : row[i]), $"{state} × {Events[i]}: {after}, expected {row[i]}");
                if (after != state) lines.Add($"    {(state == None ? "[*]" : state)} --> {after}: {Events[i]}");
            }
        Approved.VerifyFile(Path.Combine(Repository(), "docs", "diagrams", "dispatch.md"),
            "# Dispatch\n\nHow an assignment gets to run (`DispatchStateMachine`). Made from the machine; a test compares them.\n\n```mermaid\nstateDiagram-v2\n"
            + string.Join('\n', lines) + "\n```\n");
    }

    [Fact]
    public void The_square_names_every_state_and_event()
    {
        var machine = new DispatchStateMachine();
        Assert.Equal(machine.States.Select(s => s.Name).Where(n => n is not ("Initial" or "Final")).Order(), Square.Keys.Where(k => k != None).Order());
        Assert.Equal(machine.Events.Count(), Events.Length - 1);
        Assert.All(Square.Values, row => Assert.Equal(Events.Length, row.Length));
    }

    [Fact]
    public async Task Older_news_changes_nothing()
    {
        await using var scene = await Scene.StartAsync();
        var id = await SeedAsync(scene, "Running", "r1", Guid.NewGuid(), AssignmentState.Leased);
        await SendAsync(scene, new DispatchRequested(id, 4, "r1", "r1-a"));
        await SendAsync(scene, new DispatchEnded(id, 3));
        Assert.Equal("Running", await StateAsync(scene, id));
    }

    static async Task<string> AfterAsync(Scene scene, string state, string happened)
    {
        var rig = $"r{Guid.NewGuid():N}"[..20];
        var session = Guid.NewGuid();
        var assignment = state is "Running" ? AssignmentState.Leased : state is "Ended" ? AssignmentState.Completed : AssignmentState.Queued;
        var id = state == None ? Guid.NewGuid() : await SeedAsync(scene, state, rig, session, assignment);
        // One more of the rig's own would open its circuit.
        if (happened is "timed out" || happened.EndsWith("third", StringComparison.Ordinal)) await ChangeAsync(scene, db => db.Circuits.Add(new CircuitRow { RigId = rig, Runtime = "command", Failures = 2 }));
        var snapshot = new SessionSnapshot(session, "n", "a", rig, rig + "-a", id, 1, SessionState.Running, null, null, null, "why", null, 0, null, null, default, null, null);
        await (happened switch
        {
            "requested" => SendAsync(scene, new DispatchRequested(id, 6, rig, rig + "-a")),
            "granted" => SendAsync(scene, new SlotGranted(id, 6, session, "n")),
            "leased" => SendAsync(scene, new DispatchLeased(id, 6)),
            "finished" => SendAsync(scene, new DispatchEnded(id, 6)),
            "timed out" => SendAsync(scene, new StartTimedOut(id, session)),
            "circuit closed" => SendAsync(scene, new CircuitClosed(id)),
            "started" => SendAsync(scene, new SessionStarted(scene.Header(SessionStarted.Type), snapshot)),
            _ => SendAsync(scene, new SessionStartFailed(scene.Header(SessionStartFailed.Type), snapshot)),
        });
        Assert.Equal(0, await scene.Host.UseAsync<HookDbContext, int>(db => db.DeadLetters.CountAsync(Ct)));
        return await StateAsync(scene, id);
    }

    static async Task<Guid> SeedAsync(Scene scene, string state, string rig, Guid session, AssignmentState assignment)
    {
        var id = Guid.NewGuid();
        await ChangeAsync(scene, db =>
        {
            db.Assignments.Add(new AssignmentRow
            {
                Id = id,
                WorkItemId = rig + "-a",
                RigId = rig,
                HookId = rig + "/polecats/ash",
                HomeHookId = rig + "/pool",
                AgentId = rig + "/polecats/ash",
                State = assignment,
                Revision = 5,
                Managed = true,
                SessionId = assignment == AssignmentState.Queued && state == "Starting" ? session : null,
                EnqueuedAt = scene.Clock.GetUtcNow(),
            });
            db.Dispatches.Add(new DispatchState { CorrelationId = id, CurrentState = state, RigId = rig, WorkItemId = rig + "-a", Revision = 5, SessionId = session });
        });
        return id;
    }

    static Task ChangeAsync(Scene scene, Action<HookDbContext> change) => scene.Host.UseAsync<HookDbContext, bool>(async db =>
    {
        await db.TransactAsync(_ => { change(db); return Task.CompletedTask; }, Ct);
        return true;
    });

    static async Task SendAsync<T>(Scene scene, T message) where T : class
    {
        await scene.Host.PublishAsync(message, Ct);
        await scene.IdleAsync();
    }

    static Task<string> StateAsync(Scene scene, Guid id) => scene.Host.UseAsync<HookDbContext, string>(async db =>
        await db.Dispatches.AsNoTracking().Where(d => d.CorrelationId == id).Select(d => d.CurrentState).SingleOrDefaultAsync(Ct) ?? None);

    static string Repository([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
