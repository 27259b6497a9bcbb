using System.Net;
using System.Net.Http.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Health.Domain;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.HealthTests;

/// <summary>Decisions: asked by agents, people and gates; answered once, by default, or by nobody.</summary>
public sealed class InboxTests : HealthTown
{
    HttpClient Ada => Host.Client("shop/crew/ada", Roles.Agent, rigs: "shop");

    async Task<DecisionSnapshot> AskAsync(AskRequest request, HttpClient? by = null)
    {
        using var answer = await (by ?? Ada).PostAsJsonAsync("/decisions", request, JsonSettings.Web, Ct);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Ct));
        await Host.IdleAsync(Ct);
        return (await answer.Content.ReadFromJsonAsync<DecisionSnapshot>(JsonSettings.Web, Ct))!;
    }

    async Task<HttpStatusCode> AnswerAsync(Guid id, AnswerRequest request, HttpClient? by = null)
    {
        using var answer = await (by ?? Http).PostAsJsonAsync($"/decisions/{id}/answer", request, JsonSettings.Web, Ct);
        await Host.IdleAsync(Ct);
        return answer.StatusCode;
    }

    async Task<DecisionSnapshot> FindAsync(Guid id) => (await Http.GetFromJsonAsync<DecisionSnapshot>($"/decisions/{id}", JsonSettings.Web, Ct))!;

    Task GateAsync(GateSnapshot gate) => FeedAsync(new GateWaiting(Event(GateWaiting.Type, "system/workflow", "sh-molaaaaa.1") with { RigId = "shop" }, gate));

    GateSnapshot Gate(string type = "human") => new(Guid.CreateVersion7(), "sh-mol-aaaaa", "publish", type, "sign-off", null, null, GateState.Waiting, Clock.GetUtcNow(), null, null, null, null);

    [Theory]
    [InlineData(DecisionKind.Approve, true, null, null, true), InlineData(DecisionKind.Approve, null, "a", null, false), InlineData(DecisionKind.Approve, false, null, "but", false)]
    [InlineData(DecisionKind.Choose, null, "a", null, true), InlineData(DecisionKind.Choose, null, "c", null, false), InlineData(DecisionKind.Choose, true, null, null, false)]
    [InlineData(DecisionKind.Answer, null, null, "x", true), InlineData(DecisionKind.Answer, null, null, " ", false), InlineData(DecisionKind.Edit, null, null, "", true), InlineData(DecisionKind.Edit, null, "a", null, false)]
    public void Each_kind_takes_its_own_answer(DecisionKind kind, bool? approve, string? choice, string? text, bool taken) =>
        Assert.Equal(taken, Decisions.Problem(kind, ["a", "b"], new DecisionAnswer(approve, choice, text)) is null);

    [Fact]
    public void Only_what_is_open_goes_on()
    {
        foreach (var from in Enum.GetValues<DecisionState>())
            foreach (var to in Enum.GetValues<DecisionState>()) Assert.Equal(from == DecisionState.Open && to != DecisionState.Open, Decisions.CanGo(from, to));
    }

    [Fact]
    public async Task It_is_answered_once_even_by_many_at_once_and_who_asked_gets_mail()
    {
        var asked = await AskAsync(new(DecisionKind.Choose, "Which region?", Options: ["eu", "us"], WorkItemId: "sh-1"));
        Assert.Equal(("shop", "overseer", "shop/crew/ada", DecisionState.Open), (asked.RigId, asked.AssignedTo, asked.AskedBy, asked.State));
        Assert.Equal(HttpStatusCode.BadRequest, await AnswerAsync(asked.Id, new(Choice: "mars")));
        Assert.Equal(HttpStatusCode.Forbidden, await AnswerAsync(asked.Id, new(Choice: "eu"), Ada));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => AnswerAsync(asked.Id, new(Choice: i % 2 == 0 ? "eu" : "us"))));
        Assert.Single(answers, HttpStatusCode.OK);
        Assert.All(answers.Where(a => a != HttpStatusCode.OK), a => Assert.Equal(HttpStatusCode.Conflict, a));
        var told = Assert.Single(Host.Probe.Of<DecisionAnswered>());
        Assert.False(told.ByDefault);
        var mail = Assert.Single(Host.Probe.Of<DeliverMail>());
        Assert.Equal(("shop/crew/ada", "reply"), (mail.To, mail.Type));
        Assert.Contains(told.Decision.Given!.Choice!, mail.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_its_deadline_the_default_decides_and_without_one_it_is_over_undecided()
    {
        var until = Clock.GetUtcNow().AddHours(2);
        var decided = await AskAsync(new(DecisionKind.Approve, "Delete the old schema?", Deadline: until, Default: new(Approve: false)));
        var expires = await AskAsync(new(DecisionKind.Answer, "What shall it be called?", Deadline: until));
        await PassAsync(7_199);
        Assert.Equal(DecisionState.Open, (await FindAsync(decided.Id)).State);
        await PassAsync(1);
        var answered = await FindAsync(decided.Id);
        Assert.Equal((DecisionState.Answered, false, "system/health"), (answered.State, answered.Given!.Approve, answered.AnsweredBy));
        Assert.True(Assert.Single(Host.Probe.Of<DecisionAnswered>()).ByDefault);
        Assert.Equal(DecisionState.Expired, (await FindAsync(expires.Id)).State);
        Assert.Equal(HttpStatusCode.Conflict, await AnswerAsync(expires.Id, new(Text: "late")));
        Assert.Single(Host.Probe.Of<DecisionExpired>());
    }

    [Fact]
    public async Task Passed_on_it_is_the_other_s_to_decide()
    {
        var asked = await AskAsync(new(DecisionKind.Approve, "Ship it?"));
        Assert.Equal(HttpStatusCode.OK, (await Http.PostAsJsonAsync($"/decisions/{asked.Id}/delegate", new DelegateRequest("shop/crew/bob", "he knows"), JsonSettings.Web, Ct)).StatusCode);
        await Host.IdleAsync(Ct);
        Assert.Equal("shop/crew/bob", Assert.Single(Host.Probe.Of<DeliverMail>()).To);
        Assert.Equal(asked.Id, Assert.Single((await Http.GetFromJsonAsync<Page<DecisionSnapshot>>("/decisions?state=open&assignedTo=shop/crew/bob", JsonSettings.Web, Ct))!.Items).Id);
        Assert.Equal(HttpStatusCode.OK, await AnswerAsync(asked.Id, new(Approve: true), Host.Client("shop/crew/bob", Roles.Agent, rigs: "shop")));
        Assert.Equal(HttpStatusCode.Conflict, (await Http.PostAsJsonAsync($"/decisions/{asked.Id}/delegate", new DelegateRequest("mayor"), JsonSettings.Web, Ct)).StatusCode);
    }

    [Fact]
    public async Task A_human_gate_is_one_decision_under_its_own_id_and_goes_with_it()
    {
        var (gate, other, timer) = (Gate(), Gate(), Gate("timer"));
        foreach (var g in (GateSnapshot[])[gate, gate, other, timer]) await GateAsync(g);
        var open = (await Http.GetFromJsonAsync<Page<DecisionSnapshot>>("/decisions?state=open", JsonSettings.Web, Ct))!.Items;
        Assert.Equal(new[] { gate.Id, other.Id }.Order(), open.Select(d => d.Id).Order());
        Assert.All(open, d => Assert.Equal(("sh-mol-aaaaa", "shop", DecisionKind.Approve), (d.MoleculeId, d.RigId, d.Kind)));
        Assert.Equal(HttpStatusCode.OK, await AnswerAsync(gate.Id, new(Approve: true, Reason: "looks good")));
        var told = Assert.Single(Host.Probe.Of<DecisionAnswered>());
        Assert.Equal((gate.Id, "overseer", "looks good"), (told.Decision.GateId, told.Decision.AnsweredBy, told.Decision.Reason));

        await FeedAsync(new GateOpened(Event(GateOpened.Type, "overseer/kim"), other with { State = GateState.Open, By = "overseer/kim" }));
        await FeedAsync(new GateOpened(Event(GateOpened.Type, "overseer"), gate with { State = GateState.Open, By = "overseer" }));
        Assert.Equal((DecisionState.Withdrawn, DecisionState.Answered), ((await FindAsync(other.Id)).State, (await FindAsync(gate.Id)).State));
    }

    [Fact]
    public async Task What_cannot_be_decided_is_not_asked()
    {
        AskRequest[] wrong =
        [
            new(null, "?"), new(DecisionKind.Choose, "Which?"), new(DecisionKind.Choose, "Which?", Options: ["a", "a"]), new(DecisionKind.Approve, "Yes?", Options: ["a", "b"]), new(DecisionKind.Edit, "Edit"),
            new(DecisionKind.Approve, "Late?", Deadline: Clock.GetUtcNow().AddSeconds(-1)), new(DecisionKind.Approve, "Default?", Default: new(Approve: true)),
            new(DecisionKind.Choose, "Which?", Options: ["a", "b"], Deadline: Clock.GetUtcNow().AddHours(1), Default: new(Choice: "c")),
        ];
        foreach (var request in wrong) Assert.Equal(HttpStatusCode.BadRequest, (await Ada.PostAsJsonAsync("/decisions", request, JsonSettings.Web, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Ada.PostAsJsonAsync("/decisions", new AskRequest(DecisionKind.Approve, "Elsewhere?", RigId: "pay"), JsonSettings.Web, Ct)).StatusCode);
    }
}
