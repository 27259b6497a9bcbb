using System.Net;
using System.Net.Http.Json;
using System.Text;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>An http gate is opened from outside by whoever knows the secret, and by nobody else.</summary>
public sealed class CallbackTests
{
    const string Formula = "formula = \"called\"\nsteps = [{ id = \"wait\", title = \"Wait\", type = \"gate\", gate = { type = \"http\" } }, { id = \"ask\", title = \"Ask\", type = \"gate\", gate = { type = \"human\" } }]";

    [Fact]
    public async Task A_signed_callback_opens_its_gate_once()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("called", Formula);
        var m = await town.PourAsync("called");
        var (gate, human) = (m.Gates.Single(g => g.Type == "http"), m.Gates.Single(g => g.Type == "human"));
        using var outside = new HttpClient { BaseAddress = town.Host.Address };
        const string body = """{"ok":true,"reason":"deployed"}""";
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(outside, gate.Id, body, null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(outside, gate.Id, body, BodySignature.Of("another secret of some length", Bytes(gate.Id, body)))).Status);
        // A signature that was seen at one gate is none at another, nor of another body.
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(outside, gate.Id, body, Sign(human.Id, body))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(outside, gate.Id, "{}", Sign(gate.Id, body))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await CallAsync(outside, human.Id, body, Sign(human.Id, body))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await CallAsync(outside, gate.Id, "{", Sign(gate.Id, "{"))).Status);
        var nobody = Guid.NewGuid();
        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync(outside, nobody, "", Sign(nobody, ""))).Status);
        Assert.Equal(GateState.Waiting, (await town.ReadAsync(m.Id)).Gates.Single(g => g.Type == "http").State);

        for (var i = 0; i < 2; i++)
        {
            var (status, result) = await CallAsync(outside, gate.Id, body, Sign(gate.Id, body));
            Assert.Equal((HttpStatusCode.OK, GateState.Open), (status, result!.State));
        }
        await town.IdleAsync();
        var open = await town.ReadAsync(m.Id);
        Assert.Equal(("external/callback", "deployed", StepState.Done), (open.Gates.Single(g => g.Type == "http").By, open.Gates.Single(g => g.Type == "http").Reason, open.Step("wait").State));
        Assert.Single(town.Host.Probe.Events(GateOpened.Type));
    }

    [Fact]
    public async Task No_fails_the_step_with_the_reason()
    {
        await using var town = await Town.StartAsync();
        await town.PutAsync("called", Formula);
        var m = await town.PourAsync("called");
        var gate = m.Gates.Single(g => g.Type == "http");
        using var outside = new HttpClient { BaseAddress = town.Host.Address };
        const string body = """{"ok":false,"reason":"the deployment broke"}""";
        Assert.Equal(GateState.Closed, (await CallAsync(outside, gate.Id, body, Sign(gate.Id, body))).Result!.State);
        await town.IdleAsync();
        var failed = await town.ReadAsync(m.Id);
        Assert.Equal((MoleculeState.Failed, StepState.Failed), (failed.State, failed.Step("wait").State));
        Assert.Contains("the deployment broke", failed.Step("wait").Reason);
    }

    static byte[] Bytes(Guid gate, string body) => Encoding.UTF8.GetBytes($"{gate}.{body}");

    static string Sign(Guid gate, string body) => BodySignature.Of(Town.CallbackSecret, Bytes(gate, body));

    static async Task<(HttpStatusCode Status, GateCallbackResult? Result)> CallAsync(HttpClient http, Guid gate, string body, string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/gates/{gate}/callback") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (signature is not null) request.Headers.Add(BodySignature.Header, signature);
        var answer = await http.SendAsync(request, Town.Ct);
        return (answer.StatusCode, answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<GateCallbackResult>(JsonSettings.Web, Town.Ct) : null);
    }
}
