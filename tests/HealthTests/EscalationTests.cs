using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Health.Domain;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.HealthTests;

/// <summary>Raised, told, raised again while nobody looks, acknowledged, closed; and what happens when nobody outside answers.</summary>
public sealed class EscalationTests : ToldTown
{
    async Task<IncidentSnapshot> EscalateAsync(HttpClient client, EscalateRequest request)
    {
        using var answer = await client.PostAsJsonAsync("/escalations", request, JsonSettings.Web, Ct);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await Host.IdleAsync(Ct);
        return (await answer.Content.ReadFromJsonAsync<IncidentSnapshot>(JsonSettings.Web, Ct))!;
    }

    public static TheoryData<string, int> Square()
    {
        var all = new TheoryData<string, int>();
        foreach (var state in (string[])[Escalation.Open, Escalation.Acknowledged, Escalation.Closed])
            for (var move = 0; move < 4; move++) all.Add(state, move);
        return all;
    }

    [Theory, MemberData(nameof(Square))]
    public void Every_move_in_every_state_is_taken_or_refused(string state, int move) => Assert.Equal(
        (state, (IncidentMove)move) switch
        {
            (_, IncidentMove.Close) => "closed",
            ("closed", _) => null,
            (_, IncidentMove.Acknowledge) => "acknowledged",
            ("acknowledged", IncidentMove.Due) => null,
            (var same, _) => same,
        }, Escalation.Next(state, (IncidentMove)move));

    [Fact]
    public async Task Unacknowledged_it_is_raised_one_level_twice_and_told_to_more_each_time()
    {
        var raised = await EscalateAsync(Host.Client("shop/crew/ada", Roles.Agent, rigs: "shop"), new("The vault is locked", Severity.Medium, "Since ten.", ["Unlock it"], "sh-1"));
        Assert.Equal(("open", "shop", "shop/crew/ada", 0, Samples(14_400)), (raised.State, raised.RigId, raised.Source, raised.Level, raised.EscalatesAt));
        Assert.Empty(Host.Probe.Of<DeliverMail>());
        await PassAsync(14_399);
        Assert.Equal(Severity.Medium, Assert.Single(await IncidentsAsync()).Severity);
        await PassAsync(1);
        Assert.Equal((Severity.High, 1), (Assert.Single(await IncidentsAsync()).Severity, Assert.Single(await IncidentsAsync()).Level));
        Assert.Equal(("mayor", "system/health"), (Assert.Single(Host.Probe.Of<DeliverMail>()).To, Host.Probe.Of<DeliverMail>()[0].From));
        await TrueAsync(() => Posts.Count == 1, "the webhook is called");
        var (body, signature, _) = Posts.First();
        Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes("sesame"), Encoding.UTF8.GetBytes(body))), signature);
        Assert.Contains("[high] The vault is locked (nobody has looked; raised once)", body, StringComparison.Ordinal);
        Assert.Empty(Mails);

        await PassAsync(14_400);
        await TrueAsync(() => Mails.Count == 1 && Posts.Count == 2, "the e-mail is sent");
        Assert.Contains("To: kim@example.org", Mails.First(), StringComparison.Ordinal);
        var last = Assert.Single(await IncidentsAsync());
        Assert.Equal((Severity.Critical, 2, null), (last.Severity, last.Level, last.EscalatesAt));
        await PassAsync(100_000);
        Assert.Equal(2, Host.Probe.Events(IncidentEscalated.Type).Count);
        await TrueAsync(() => Host.Probe.Of<EscalationTold>().Count == 3, "each delivery is an event");
        Assert.All(Host.Probe.Of<EscalationTold>(), t => Assert.Null(t.Failure));
    }

    [Fact]
    public async Task Acknowledged_it_is_not_raised_and_the_same_again_is_counted_and_told_once()
    {
        var ask = new EscalateRequest("The build machine is on fire", Severity.Critical);
        var raised = await EscalateAsync(Http, ask);
        Assert.Equal(raised.Id, (await EscalateAsync(Http, ask)).Id);
        await TrueAsync(() => Posts.Count == 1 && Mails.Count == 1, "it is told once");
        var answered = await (await Http.PostAsync($"/incidents/{raised.Id}/acknowledge", null, Ct)).Content.ReadFromJsonAsync<IncidentSnapshot>(JsonSettings.Web, Ct);
        Assert.Equal(("acknowledged", 2, "overseer", null), (answered!.State, answered.Count, answered.AnsweredBy, answered.EscalatesAt));
        await PassAsync(50_000);
        Assert.Empty(Host.Probe.Events(IncidentEscalated.Type));
        Assert.Equal(HttpStatusCode.OK, (await Http.PostAsync($"/incidents/{raised.Id}/close", null, Ct)).StatusCode);
        Assert.NotEqual(raised.Id, (await EscalateAsync(Http, ask)).Id);
    }

    [Fact]
    public async Task A_receiver_that_refuses_is_tried_again_under_the_same_id_then_given_up_and_a_closed_incident_is_told_no_more()
    {
        Answers(503);
        var raised = await EscalateAsync(Http, new("Nobody hears this", Severity.High));
        for (var n = 1; n <= 3; n++)
        {
            var seen = n;
            await TrueAsync(() => Posts.Count >= seen, $"post {seen}");
            await Eventually.TrueAsync(() => { Clock.Advance(TimeSpan.FromSeconds(30)); return Posts.Count > seen; }, Patience, "it is tried again", Ct);
        }
        Assert.Single(Posts.Select(p => p.Delivery).Distinct());
        Assert.Equal(HttpStatusCode.OK, (await Http.PostAsync($"/incidents/{raised.Id}/close", null, Ct)).StatusCode);
        var count = Posts.Count;
        for (var i = 0; i < 20; i++) await PassAsync(600);
        Assert.InRange(Posts.Count, count, count + 1);

        await EscalateAsync(Http, new("Nor this", Severity.High));
        await Eventually.TrueAsync(() => { Clock.Advance(TimeSpan.FromMinutes(16)); return Host.Probe.Of<EscalationTold>().Any(t => t is { Failure: not null, Attempts: 8 }); }, Patience, "it is given up", Ct);
        Assert.Contains("503", Host.Probe.Of<EscalationTold>().First(t => t.Attempts == 8).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_limited_to_rigs_escalates_there_only()
    {
        var kim = Host.Client("overseer/kim", "operator", rigs: ["shop", "pay"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await kim.PostAsJsonAsync("/escalations", new EscalateRequest("Which?"), JsonSettings.Web, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await kim.PostAsJsonAsync("/escalations", new EscalateRequest("Not mine", RigId: "other"), JsonSettings.Web, Ct)).StatusCode);
        Assert.Equal("pay", (await EscalateAsync(kim, new("Mine", RigId: "pay"))).RigId);
    }

    static DateTimeOffset Samples(double seconds) => Tests.Hosting.Samples.Moment.AddSeconds(seconds);

    [Fact]
    public async Task What_a_convoy_has_to_say_outside_is_posted_once_and_given_up_in_the_end()
    {
        var word = new TellOutside(Guid.NewGuid(), "convoy.landed", "hq-cv-72hnn", "Checkout has landed (hq-cv-72hnn)", "3 of 3 items are closed.");
        await Host.PublishAsync(word, Ct);
        await Host.PublishAsync(word, Ct);
        await Eventually.TrueAsync(() => Told().Count == 1, Patience, "it is told", Ct);
        var (body, _, delivery) = Assert.Single(Posts);
        Assert.Equal(word.Id.ToString(), delivery);
        using var json = System.Text.Json.JsonDocument.Parse(body);
        Assert.Equal(("convoy.landed", "hq-cv-72hnn"), (json.RootElement.GetProperty("eventType").GetString(), json.RootElement.GetProperty("convoyId").GetString()));
        Assert.Equal((null, 1, "hq-cv-72hnn"), (Told()[0].Failure, Told()[0].Attempts, Told()[0].Event.ConvoyId));
        Answers(500);
        await Host.PublishAsync(word with { Id = Guid.NewGuid() }, Ct);
        await Eventually.TrueAsync(() =>
        {
            Clock.Advance(TimeSpan.FromMinutes(15));
            return Told().Count == 2;
        }, Patience, "it is given up", Ct);
        Assert.Equal(8, Told()[1].Attempts);
        Assert.Contains("answered 500", Told()[1].Failure);

        List<NoticeTold> Told() => [.. Host.Probe.Of<NoticeTold>()];
    }
}
