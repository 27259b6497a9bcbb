using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Health.Data;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.HealthTests;

/// <summary>A person outside answers a decision by the link they were sent: once, in time, as it was made, and never by looking at it.</summary>
public sealed class LinkTests : ToldTown
{
    const string Front = "https://town.example.org/cm";

    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(base.Settings) { ["Health:LinkSecret"] = "what the town alone knows", ["Health:LinkUrl"] = Front + "/", ["Health:LinkHours"] = "48" };

    async Task<DecisionSnapshot> AskAsync(AskRequest request)
    {
        using var answer = await Host.Client("shop/crew/ada", Roles.Agent, rigs: "shop").PostAsJsonAsync("/decisions", request, JsonSettings.Web, Ct);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Ct));
        await Host.IdleAsync(Ct);
        return (await answer.Content.ReadFromJsonAsync<DecisionSnapshot>(JsonSettings.Web, Ct))!;
    }

    /// <summary>The links of the newest post, by answer; their way in leads to this host.</summary>
    async Task<Dictionary<string, string>> LinksAsync(int posts = 1)
    {
        await TrueAsync(() => Posts.Count >= posts, "the notice is sent");
        using var body = JsonDocument.Parse(Posts.Last().Body);
        return body.RootElement.GetProperty("links").EnumerateArray().ToDictionary(l => l.GetProperty("answer").GetString()!, l =>
        {
            var url = l.GetProperty("url").GetString()!;
            Assert.StartsWith(Front + "/decisions/", url, StringComparison.Ordinal);
            return url[Front.Length..];
        });
    }

    /// <summary>Without a token, as a browser or as a program.</summary>
    async Task<(HttpStatusCode Status, string Body)> FollowAsync(string link, bool post = false, bool page = false, HttpContent? content = null)
    {
        using var nobody = new HttpClient { BaseAddress = Host.Address };
        nobody.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue(page ? "text/html" : "application/json"));
        using var answer = post ? await nobody.PostAsync(link, content, Ct) : await nobody.GetAsync(link, Ct);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal(page ? "text/html" : (int)answer.StatusCode < 300 ? "application/json" : "application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var body = await answer.Content.ReadAsStringAsync(Ct);
        await Host.IdleAsync(Ct);
        return (answer.StatusCode, body);
    }

    async Task<DecisionSnapshot> FindAsync(Guid id) => (await Http.GetFromJsonAsync<DecisionSnapshot>($"/decisions/{id}", JsonSettings.Web, Ct))!;

    static string With(string link, string key, string value) => string.Join('&', link.Split('&').Select(p => p.Contains($"{key}=", StringComparison.Ordinal) ? p[..(p.IndexOf($"{key}=", StringComparison.Ordinal) + key.Length + 1)] + value : p));

    [Fact]
    public async Task A_link_shows_and_only_its_button_answers_once()
    {
        var asked = await AskAsync(new(DecisionKind.Approve, "Publish <b>1.2</b>?", "All & everything", WorkItemId: "sh-1"));
        var links = await LinksAsync();
        Assert.Equal(["yes", "no"], links.Keys);
        await TrueAsync(() => Mails.Count == 1, "the e-mail is sent");
        Assert.Contains("To decide: Publish", Mails.First(), StringComparison.Ordinal);

        // Looked at as often as a mail program likes, it waits.
        for (var look = 0; look < 3; look++)
        {
            var (status, page) = await FollowAsync(links["yes"], page: true);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Contains("Publish &lt;b&gt;1.2&lt;/b&gt;?", page, StringComparison.Ordinal);
            Assert.Contains("<form method=\"post\">", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
            var shown = JsonSerializer.Deserialize<LinkedDecision>((await FollowAsync(links["no"])).Body, JsonSettings.Web)!;
            Assert.Equal(("no", "overseer", DecisionState.Open, Clock.GetUtcNow().AddHours(48)), (shown.Answer, shown.To, shown.Decision.State, shown.Until));
        }
        Assert.Equal(DecisionState.Open, (await FindAsync(asked.Id)).State);

        var (done, said) = await FollowAsync(links["yes"], post: true, page: true, content: new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.OK, done);
        Assert.Contains("Decided", said, StringComparison.Ordinal);
        var over = await FindAsync(asked.Id);
        Assert.Equal((DecisionState.Answered, true, "overseer", "by a signed link"), (over.State, over.Given!.Approve, over.AnsweredBy, over.Reason));
        Assert.Equal("overseer", Assert.Single(Host.Probe.Of<DecisionAnswered>()).Event.Actor);

        // The second answer, the same or the other, and every look are told the first.
        foreach (var link in links.Values)
        {
            var (again, page) = await FollowAsync(link, post: true, page: true);
            Assert.Equal(HttpStatusCode.Conflict, again);
            Assert.Contains("answered already by overseer: yes", page, StringComparison.Ordinal);
            Assert.Contains("decision-over", (await FollowAsync(link)).Body, StringComparison.Ordinal);
        }
        Assert.Single(Host.Probe.Of<DecisionAnswered>());
        await TrueAsync(() => Host.Probe.Of<DecisionTold>().Count == 2, "each delivery is an event");
        Assert.All(Host.Probe.Of<DecisionTold>(), t => Assert.Equal((asked.Id, null), (t.DecisionId, t.Failure)));
    }

    [Fact]
    public async Task Many_at_once_are_one_answer()
    {
        var asked = await AskAsync(new(DecisionKind.Choose, "Which region?", Options: ["eu & asia", "us\nwest"]));
        var links = await LinksAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => FollowAsync(links[i % 2 == 0 ? "eu & asia" : "us\nwest"], post: true)));
        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.OK), a => Assert.Equal(HttpStatusCode.Conflict, a.Status));
        Assert.Contains((await FindAsync(asked.Id)).Given!.Choice, asked.Options);
    }

    [Fact]
    public async Task A_forged_link_answers_nothing_and_learns_nothing()
    {
        var asked = await AskAsync(new(DecisionKind.Approve, "Publish?"));
        var other = await AskAsync(new(DecisionKind.Approve, "Delete everything?"));
        await TrueAsync(() => Posts.Count == 2, "both are told");
        var links = await LinksAsync(2);
        var about = links["no"].Contains(asked.Id.ToString(), StringComparison.Ordinal) ? asked : other;
        var another = about == asked ? other : asked;
        string[] forged =
        [
            With(links["no"], "answer", "yes"), With(links["no"], "to", "mayor"), With(links["no"], "until", $"{Clock.GetUtcNow().AddYears(1).ToUnixTimeSeconds()}"), With(links["no"], "signature", new string('0', 64)),
            With(links["no"], "signature", ""), With(links["no"], "until", ""), links["no"].Replace(about.Id.ToString(), another.Id.ToString(), StringComparison.Ordinal),
            links["no"].Replace(about.Id.ToString(), Guid.NewGuid().ToString(), StringComparison.Ordinal), $"/decisions/{about.Id}/link",
        ];
        foreach (var link in forged)
            foreach (var post in (bool[])[false, true])
            {
                var (status, body) = await FollowAsync(link, post);
                Assert.True(status is HttpStatusCode.Unauthorized || link.Contains("until=&", StringComparison.Ordinal) && status is HttpStatusCode.BadRequest, $"{link}: {status} {body}");
                Assert.DoesNotContain("Publish", body, StringComparison.Ordinal);
                Assert.Equal(status, (await FollowAsync(link, post, page: status is HttpStatusCode.Unauthorized)).Status);
            }
        Assert.Empty(Host.Probe.Of<DecisionAnswered>());
    }

    [Fact]
    public async Task A_link_is_good_until_the_deadline_and_no_longer()
    {
        var asked = await AskAsync(new(DecisionKind.Approve, "Publish?", Deadline: Clock.GetUtcNow().AddHours(1), Default: new(Approve: false)));
        var open = await AskAsync(new(DecisionKind.Approve, "And this?"));
        await TrueAsync(() => Posts.Count == 2, "both are told");
        var links = Posts.Select(p => JsonDocument.Parse(p.Body).RootElement).ToDictionary(p => p.GetProperty("decision").GetProperty("id").GetGuid(),
            p => p.GetProperty("links")[0].GetProperty("url").GetString()![Front.Length..]);
        await PassAsync(3_601);
        Assert.Equal(DecisionState.Answered, (await FindAsync(asked.Id)).State);
        foreach (var post in (bool[])[false, true])
        {
            var (status, body) = await FollowAsync(links[asked.Id], post);
            Assert.Equal(HttpStatusCode.Gone, status);
            Assert.Contains("link-expired", body, StringComparison.Ordinal);
        }
        Assert.False((await FindAsync(asked.Id)).Given!.Approve);

        await PassAsync(47 * 3_600);
        Assert.Equal(HttpStatusCode.Gone, (await FollowAsync(links[open.Id], post: true, page: true)).Status);
        Assert.Equal(DecisionState.Open, (await FindAsync(open.Id)).State);
    }

    [Fact]
    public async Task A_text_is_written_by_whoever_follows_the_link()
    {
        var asked = await AskAsync(new(DecisionKind.Edit, "Release notes", Draft: "</textarea>Now with <i>less</i>"));
        var link = Assert.Single(await LinksAsync()).Value;
        var (_, page) = await FollowAsync(link, page: true);
        Assert.Contains("&lt;/textarea&gt;Now with", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await FollowAsync(link, post: true, page: true)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await FollowAsync(link, post: true, content: JsonContent.Create(new { text = new string('x', 70_000) }))).Status);
        Assert.Equal(HttpStatusCode.OK, (await FollowAsync(link, post: true, page: true, content: new FormUrlEncodedContent([new("text", "Now with more")]))).Status);
        Assert.Equal("Now with more", (await FindAsync(asked.Id)).Given!.Text);
    }

    [Fact]
    public async Task Passed_on_the_old_link_is_void_and_what_is_over_is_not_told_any_more()
    {
        var asked = await AskAsync(new(DecisionKind.Approve, "Publish?"));
        var first = await LinksAsync();
        Assert.Empty(Host.Probe.Of<DeliverMail>());
        using var passed = await Http.PostAsJsonAsync($"/decisions/{asked.Id}/delegate", new DelegateRequest("overseer/kim"), JsonSettings.Web, Ct);
        Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
        var second = await LinksAsync(2);
        var (status, body) = await FollowAsync(first["yes"], post: true);
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("decision-delegated", body, StringComparison.Ordinal);
        // Mail in the town is in the trail, for many to read: nothing in it answers.
        Assert.DoesNotContain("signature", Assert.Single(Host.Probe.Of<DeliverMail>()).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await FollowAsync(second["no"], post: true)).Status);
        Assert.Equal(("overseer/kim", false), ((await FindAsync(asked.Id)).AnsweredBy, (await FindAsync(asked.Id)).Given!.Approve));

        Answers(503);
        var late = await AskAsync(new(DecisionKind.Approve, "Too late?"));
        await TrueAsync(() => Posts.Count >= 3, "it is tried");
        using var answered = await Http.PostAsJsonAsync($"/decisions/{late.Id}/answer", new AnswerRequest(Approve: true), JsonSettings.Web, Ct);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.Equal(0, await Host.UseAsync<HealthDbContext, int>(db => db.Notices.CountAsync(n => n.DecisionId == late.Id && n.State == NoticeState.Waiting, Ct)));
        Assert.Equal(0, await Host.UseAsync<HealthDbContext, int>(db => db.Notices.CountAsync(n => n.Body.Contains("signature"), Ct)));
    }
}
