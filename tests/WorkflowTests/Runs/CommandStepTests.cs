using System.Net;
using System.Net.Http.Json;
using System.Text;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Hook;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Supervisor;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Work;
using ClaudeManage.Workflow;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>Steps that are run: real commands under a real supervisor, in a rig that names no agent.</summary>
public sealed class CommandStepTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    readonly ScratchDirectory _scratch = new("command-steps");
    ModuleTestHost _host = null!;
    HttpClient _http = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await UpAsync();
        (await _http.PostAsJsonAsync("/rigs", new { name = "shop", prefix = "sh" }, JsonSettings.Web, Ct)).EnsureSuccessStatusCode();
        await _host.IdleAsync(Ct);
    }

    async Task UpAsync()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Supervisor:NodeId"] = "node-1",
            ["Supervisor:Slots"] = "4",
            ["Supervisor:HeartbeatSeconds"] = "1",
            ["Supervisor:InterruptSeconds"] = "0.2",
            ["Supervisor:TerminateSeconds"] = "0.2",
        };
        _host = await ModuleTestHost.StartAsync([new WorkModule(), new HookModule(), new WorkflowModule(), new SupervisorModule()], settings: settings, directory: _scratch["data"]);
        _http = _host.Client();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _scratch.Dispose();
    }

    async Task<string> PourAsync(string formula, object? vars = null)
    {
        var name = $"f{Guid.NewGuid():n}";
        var put = await _http.PutAsync($"/formulas/{name}", new StringContent($"formula = \"{name}\"\n{formula}", Encoding.UTF8, "text/toml"), Ct);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(Ct));
        var poured = await _http.PostAsJsonAsync("/molecules", new { formula = name, rigId = "shop", vars }, JsonSettings.Web, Ct);
        Assert.True(poured.IsSuccessStatusCode, await poured.Content.ReadAsStringAsync(Ct));
        return (await poured.Content.ReadFromJsonAsync<MoleculeDetail>(JsonSettings.Web, Ct))!.Id;
    }

    async Task<MoleculeDetail> ReadAsync(string id) => (await _http.GetFromJsonAsync<MoleculeDetail>($"/molecules/{id}", JsonSettings.Web, Ct))!;

    Task<MoleculeDetail> UntilAsync(string id, Func<MoleculeDetail, bool> says, string what) =>
        Eventually.ResultAsync(async () => await ReadAsync(id) is { } m && says(m) ? m : null, Patience, what, Ct);

    Task<MoleculeDetail> OverAsync(string id) => UntilAsync(id, m => m.State is MoleculeState.Completed or MoleculeState.Failed, "the molecule is over");

    string File(string name) => _scratch[name];

    [Fact]
    public async Task Commands_run_one_after_the_other_and_hand_on_what_they_print()
    {
        // Ends the quotes that stand around it in the script, and needs none to be run.
        var hostile = $"x\"; touch {File("pwned")}; echo \"$(touch {File("pwned")})";
        var id = await PourAsync($$$"""
            vars = { what = { required = true } }
            [[steps]]
            id = "look"
            title = "Look"
            run = "printf '%s' \"{{what}}\" >{{{File("given")}}}; echo '{\"files\":[\"a.cs\",\"b c.cs\"]}'"
            output = { files = "list" }
            [[steps]]
            id = "take"
            title = "Take them"
            needs = ["look"]
            run = ["sh", "-c", 'printf "%s" "$1" >{{{File("taken")}}}', "take", "{{steps.look.output.files}}"]
            """, new { what = hostile });
        var m = await OverAsync(id);
        Assert.Equal((MoleculeState.Completed, null), (m.State, m.Reason));
        Assert.All(m.Steps, s => Assert.Equal((StepState.Done, 1), (s.State, s.Attempt)));
        Assert.Equal(hostile, await System.IO.File.ReadAllTextAsync(File("given"), Ct));
        Assert.Equal("[\"a.cs\",\"b c.cs\"]", await System.IO.File.ReadAllTextAsync(File("taken"), Ct));
        Assert.False(System.IO.File.Exists(File("pwned")));
    }

    [Fact]
    public async Task A_failing_exit_code_is_what_the_step_s_policy_makes_of_it()
    {
        var id = await PourAsync($"""
            [[steps]]
            id = "flaky"
            title = "Flaky"
            run = "echo x >>{File("tries")}; test $(wc -l <{File("tries")}) -ge 3"
            retry = {"{"} max = 2, on = ["permanent"] {"}"}
            [[steps]]
            id = "soft"
            title = "Soft"
            run = "echo sorry; exit 4"
            on_failure = "continue"
            [[steps]]
            id = "hard"
            title = "Hard"
            needs = ["flaky", "soft"]
            run = ["false"]
            """);
        var m = await OverAsync(id);
        Assert.Equal([(StepState.Done, 3), (StepState.Failed, 1), (StepState.Failed, 1)], m.Steps.Select(s => (s.State, s.Attempt)));
        Assert.Equal(MoleculeState.Failed, m.State);
        Assert.Contains("sorry", m.Step("soft").Reason);
        Assert.Equal("permanent", m.Step("soft").FailureClass);
        Assert.Equal(3, (await System.IO.File.ReadAllLinesAsync(File("tries"), Ct)).Length);
    }

    [Fact]
    public async Task Too_long_a_wrong_shape_and_too_much_fail_the_step()
    {
        var id = await PourAsync("""
            [[steps]]
            id = "slow"
            title = "Slow"
            run = ["sleep", "300"]
            timeout = "1s"
            on_failure = "continue"
            [[steps]]
            id = "shape"
            title = "Shape"
            run = "echo '{\"files\":\"none\"}'"
            output = { files = "list" }
            on_failure = "continue"
            [[steps]]
            id = "much"
            title = "Much"
            run = "printf '{\"a\":\"'; head -c 300000 /dev/zero | tr '\\0' x; echo '\"}'"
            on_failure = "continue"
            [[steps]]
            id = "deep"
            title = "Deep"
            run = "echo '[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]'"
            on_failure = "continue"
            """);
        var m = await OverAsync(id);
        Assert.Equal(MoleculeState.Completed, m.State);
        Assert.All(m.Steps, s => Assert.Equal((StepState.Failed, 1), (s.State, s.Attempt)));
        Assert.Equal(("timeout", "permanent"), (m.Step("slow").FailureClass, m.Step("shape").FailureClass));
        Assert.Contains("output.files is a string and should be list", m.Step("shape").Reason);
        Assert.Contains("at most 262144 are kept", m.Step("much").Reason);
        Assert.Contains("deep", m.Step("deep").Reason);
    }

    [Fact]
    public async Task No_agent_is_given_it_and_no_wisp_has_it()
    {
        using var ada = _host.Client("shop/crew/ada", Roles.Agent);
        // One more than the rig has workers: it waits at the pool, where agents look.
        var id = await PourAsync($"steps = [{string.Join(", ", "abcde".Select(s => $"{{ id = \"{s}\", title = \"{s}\", run = \"while [ ! -f {File("go")} ]; do sleep 0.05; done\" }}"))}]");
        await UntilAsync(id, m => m.Steps.Count(s => s.State == StepState.Running) == 4, "as many run as may");
        Assert.Single((await _http.GetFromJsonAsync<RigQueue>("/rigs/shop/queue", JsonSettings.Web, Ct))!.Waiting);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.PostAsync("/hooks/shop%2Fpool/claim", null, Ct)).StatusCode);
        await System.IO.File.WriteAllTextAsync(File("go"), "", Ct);
        var m = await OverAsync(id);
        Assert.All(m.Steps, s => Assert.StartsWith("shop/polecats/", s.AgentId));
        var wisp = await _http.PostAsJsonAsync("/wisps", new { formula = m.Formula, rigId = "shop" }, JsonSettings.Web, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wisp.StatusCode);
        Assert.Contains("run-in-wisp", await wisp.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task A_supervisor_that_is_gone_meanwhile_loses_nothing_and_runs_nothing_twice()
    {
        var id = await PourAsync($"steps = [{{ id = \"a\", title = \"A\", run = \"echo x >>{File("runs")}; while [ ! -f {File("go")} ]; do sleep 0.05; done; echo '{{\\\"n\\\":7}}'\" }}]");
        await UntilAsync(id, m => m.Step("a").State == StepState.Running && System.IO.File.Exists(File("runs")), "it runs");
        _host.Services.GetRequiredService<IOptions<SupervisorOptions>>().Value.StopMode = StopMode.Leave;
        await _host.DisposeAsync();
        await System.IO.File.WriteAllTextAsync(File("go"), "", Ct);
        await UpAsync();
        var m = await OverAsync(id);
        Assert.Equal((MoleculeState.Completed, "{\"n\":7}", 1), (m.State, m.Step("a").Output?.GetRawText(), m.Step("a").Attempt));
        Assert.Single(await System.IO.File.ReadAllLinesAsync(File("runs"), Ct));
    }
}
