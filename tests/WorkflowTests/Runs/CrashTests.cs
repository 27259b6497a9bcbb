using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Workflow.Data;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>
/// The process dies at a transition of a running molecule, comes back on what it left, and dies at the next one: after every single commit of
/// one, and before every one. In the end every step was done exactly once. Over a broker it dies alone: the others live on, and what it had not
/// acknowledged is given to it again.
/// </summary>
public sealed partial class CrashTests
{
    const string Formula = """
        formula = "crash"
        [[steps]]
        id = "find"
        title = "Find"
        output = { files = "list" }
        on_complete = { for_each = "output.files", bond = "one", vars = { file = "{item}" } }
        [[steps]]
        id = "agree"
        title = "Agree"
        type = "gate"
        needs = ["find"]
        gate = { type = "human" }
        [[steps]]
        id = "end"
        title = "End with {{steps.find.output.files}}"
        needs = ["find", "agree"]
        waits_for = "children-of(find)"
        """;

    static readonly string[] Steps = ["find", "find.1.fix", "find.2.fix", "agree", "end"];

    // An event that is nobody's, an answer that is kept: commits without a transition are not counted, else a life might bring nothing forward.
    [GeneratedRegex("""(INSERT INTO|UPDATE) "?(molecules|steps|gates|molecule_log)\b""")]
    private static partial Regex Transition();

    [Theory]
    [InlineData(1, true, false)]
    [InlineData(3, false, false)]
    [InlineData(1, true, true)]
    [InlineData(3, false, true)]
    public async Task Killed_at_every_transition_it_still_does_every_step_exactly_once(int transition, bool after, bool postgres)
    {
        await using var town = await Town.StartAsync(postgres);
        await KilledAsync(town, transition, after);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public async Task Killed_with_its_messages_at_a_broker_it_still_does_every_step_exactly_once(int transition, bool after)
    {
        await using var town = await Town.OverBrokerAsync();
        await KilledAsync(town, transition, after);
    }

    static async Task KilledAsync(Town town, int transition, bool after)
    {
        // Every answer to a claim that is lost with its process costs an attempt; that is not what is looked at here.
        (await town.Neighbours.PatchAsJsonAsync("/rigs/shop", new { settings = new { maxAttempts = 20 } }, JsonSettings.Web, Town.Ct)).EnsureSuccessStatusCode();
        await town.PutAsync("one", "formula = \"one\"\nvars = { file = { required = true } }\nsteps = [{ id = \"fix\", title = \"Fix {{file}}\" }]");
        await town.PutAsync("crash", Formula);
        var (story, deaths) = (new Story(town), 0);
        for (Death death; ; deaths++)
        {
            Assert.True(deaths < 60, "it does not come to an end");
            await town.RestartAsync(death = new Death(typeof(WorkflowDbContext), Transition(), transition, after, town.Databases));
            await story.GoOnAsync(death);
            if (!death.Came) break;
        }
        await town.RestartAsync();
        await town.IdleAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"killed {deaths} times, {(after ? "after" : "before")} transition {transition} of each life");
        Assert.InRange(deaths, after ? 15 : 4, 60);
        await story.AssertOnceAsync();
    }

    /// <summary>What people and workers do, gone on with wherever the last life left it.</summary>
    sealed class Story(Town town)
    {
        string? _molecule;
        ClaimResult? _claim;

        /// <summary>Until it is over, or its process is.</summary>
        public Task GoOnAsync(Death death) =>
            Eventually.TrueAsync(async () => death.Came || await OverAsync() || death.Came, TimeSpan.FromMinutes(2), "the molecule is over", Town.Ct);

        async Task<bool> OverAsync()
        {
            _molecule ??= await PourAsync();
            await town.IdleAsync();
            var m = await town.ReadAsync(_molecule);
            if (m.State is MoleculeState.Completed or MoleculeState.Failed) return true;
            var gates = m.Gates.Where(g => g.State == GateState.Waiting).ToList();
            foreach (var gate in gates) await town.PostAsync<GateSnapshot>($"/gates/{gate.Id}/open", new { reason = "agreed" });
            // What was put off comes again, and a lease whose token was lost with an answer runs out.
            if (!await WorkAsync() && gates.Count == 0) await town.PassAsync(TimeSpan.FromMinutes(1));
            return false;
        }

        async Task<string> PourAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/molecules") { Content = JsonContent.Create(new { formula = "crash", rigId = "shop" }), Headers = { { "Idempotency-Key", "the same" } } };
            var answer = await town.Http.SendAsync(request, Town.Ct);
            return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<MoleculeDetail>(JsonSettings.Web, Town.Ct))!.Id;
        }

        async Task<bool> WorkAsync()
        {
            // An answer that was lost with its process: the lease runs out.
            try { _claim ??= await town.ClaimAsync(); }
            catch (HttpRequestException e) when (e.StatusCode == System.Net.HttpStatusCode.Conflict) { }
            if (_claim is null) return false;
            await town.IdleAsync();
            var find = _claim.WorkItem.ExternalRef!.EndsWith("#find", StringComparison.Ordinal);
            var done = await town.Worker.PostAsJsonAsync($"/work-items/{_claim.WorkItem.Id}/done",
                new { leaseToken = _claim.Lease.Token, outcome = "completed", output = find ? new { files = new[] { "a.cs", "b.cs" } } : null }, JsonSettings.Web, Town.Ct);
            done.EnsureSuccessStatusCode();
            _claim = null;
            return true;
        }

        public async Task AssertOnceAsync()
        {
            var m = await town.ReadAsync(_molecule!);
            Assert.True(m.State == MoleculeState.Completed, $"{m.State}: {m.Reason}");
            Assert.Equal(Steps.Order(), m.Steps.Select(s => s.Id).Order());
            Assert.All(m.Steps, s => Assert.Equal((StepState.Done, s.Kind == StepKind.Gate ? 0 : 1), (s.State, s.Attempt)));
            Assert.Equal("End with [\"a.cs\",\"b.cs\"]", m.Steps.Single(s => s.Id == "end").Title);
            var log = await town.Http.LogAsync(m.Id);
            Assert.Equal(Steps.Order(), log.Where(l => l.To == "done").Select(l => l.StepId).Order());
            Assert.Single(log, l => l.What == "molecule completed");
            Assert.Single((await town.Http.GetFromJsonAsync<Page<MoleculeSnapshot>>("/molecules", JsonSettings.Web, Town.Ct))!.Items);
            // What everybody else was told, and what they made of it.
            var told = (await town.Neighbours.GetFromJsonAsync<Page<TrailEntry>>("/events?limit=500", JsonSettings.Web, Town.Ct))!.Items;
            int Count(string type) => told.Count(e => e.EventType == type);
            Assert.Equal((1, 1, 5, 1, 1), (Count("molecule.poured"), Count("molecule.completed"), Count("step.done"), Count("gate.waiting"), Count("gate.opened")));
            Assert.Equal((6, 6, 4), (Count("work-item.created"), Count("work-item.closed"), Count("assignment.completed")));
        }
    }
}
