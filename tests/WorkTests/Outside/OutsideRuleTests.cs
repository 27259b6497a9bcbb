using System.Text;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work;
using ClaudeManage.Work.Domain;
using ClaudeManage.Work.Features.Outside;

namespace ClaudeManage.WorkTests.Outside;

/// <summary>How a message from outside is read, without a host.</summary>
public sealed class OutsideRuleTests
{
    const string Create = "claudemanage.work-item.create";

    static readonly OutsideFrame Bare = new("application/json", Create, "1", "jira");

    [Theory]
    [InlineData("jira", "jira")]
    [InlineData("https://jira.example.com/projects/SHOP", "jira-example-com-projects-shop")]
    [InlineData("urn:acme:Build_Server", "urn-acme-build-server")]
    [InlineData("/../../system/work", "system-work")]
    [InlineData("ünï", "n")]
    [InlineData("https://a-very-long-host-name.example.com/with/a/path", "a-very-long-host-name-example-com-with-a")]
    [InlineData("https://", null)]
    [InlineData("¿?", null)]
    public void A_source_becomes_a_part_of_an_address(string source, string? part) => Assert.Equal(part, OutsideSource.Part(source));

    [Theory]
    [InlineData("work-item.closed", "shop", "work.work-item.closed.shop")]
    [InlineData("lease.granted", "shop", "hook.lease.granted.shop")]
    [InlineData("agent.health-changed", null, "health.agent.health-changed.-")]
    [InlineData("dead-letter.replayed", null, "suite.dead-letter.replayed.-")]
    [InlineData("work-item.newer-than-this", "shop", "work.work-item.newer-than-this.shop")]
    [InlineData("stranger.came", null, "unknown.stranger.came.-")]
    public void An_event_has_a_routing_key(string type, string? rig, string key) => Assert.Equal(key, EventAddress.RoutingKey(type, rig));

    [Fact]
    public void A_CloudEvent_and_a_bare_body_say_the_same()
    {
        var cloud = Read("""{"specversion":"1.0","id":"7","source":"https://jira.example.com","type":"claudemanage.work-item.create","subject":null,"unknown":{},"data":{"rigId":"shop","title":"T"}}""");
        Assert.Equal(("7", "https://jira.example.com", OutsideKind.Create, "/data"), (cloud.Id, cloud.Source, cloud.Kind, cloud.At));
        var bare = OutsideEvent.Read("""{"rigId":"shop","title":"T"}"""u8.ToArray(), Bare);
        Assert.Equal(("1", "jira", OutsideKind.Create, ""), (bare.Id, bare.Source, bare.Kind, bare.At));
        Assert.Equal(cloud.As<CreateWorkItem>(), bare.As<CreateWorkItem>());
    }

    [Theory]
    [InlineData("{", "$", "not JSON")]
    [InlineData("[]", "$", "JSON object")]
    [InlineData("""{"specversion":"0.3","id":"1","source":"s","type":"claudemanage.work-item.create","data":{}}""", "$.specversion", "1.0")]
    [InlineData("""{"specversion":"1.0","source":"s","type":"claudemanage.work-item.create","data":{}}""", "$.id", "/id")]
    [InlineData("""{"specversion":"1.0","id":"1","source":7,"type":"claudemanage.work-item.create","data":{}}""", "$.source", "/source")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"com.example.other","data":{}}""", "$.type", "none of claudemanage.work-item.create, claudemanage.work-item.update")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"claudemanage.work-item.create","data":"text"}""", "$.data", "an object")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"claudemanage.work-item.create","data_base64":"e30=","data":{}}""", "$.data_base64", "JSON")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"claudemanage.work-item.create","data":{"labels":["a",7]}}""", "$.data.labels[1]", "type expected")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"claudemanage.work-item.create","data":{"title":"\ud83d"}}""", "$.data.title", "")]
    public void A_mistake_is_named_with_its_place(string body, string path, string reason)
    {
        var refusal = Assert.Throws<RefusalException>(() => Read(body).As<CreateWorkItem>()).Refusal;
        Assert.Equal(path, Rejections.PathOf(refusal));
        Assert.Contains(reason, refusal.Detail);
    }

    [Fact]
    public void A_bare_body_needs_its_type_and_an_id()
    {
        foreach (var frame in new[] { Bare with { Type = null }, Bare with { Id = null }, Bare with { Id = new string('x', 201) }, Bare with { Type = "work-item.create" } })
            Assert.Throws<RefusalException>(() => OutsideEvent.Read("{}"u8.ToArray(), frame));
        Assert.Throws<RefusalException>(() => OutsideEvent.Read(new byte[] { 0x7b, 0xff, 0x7d }, Bare));
        Assert.Throws<RefusalException>(() => OutsideEvent.Read(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40)), Bare));
    }

    [Theory]
    [InlineData("closed", "completed", OutcomeKind.Completed)]
    [InlineData("closed", null, OutcomeKind.Completed)]
    [InlineData("closed", "not_planned", OutcomeKind.Cancelled)]
    [InlineData("closed", "duplicate", OutcomeKind.Duplicate)]
    [InlineData("deleted", null, OutcomeKind.Cancelled)]
    public void An_issues_end_is_the_works_end(string action, string? reason, OutcomeKind kind) =>
        Assert.Equal(kind, GitHubIssue.Read(JsonElement.Parse(GitHubSample.Issue(action, reason))).Ending);

    [Fact]
    public void Settings_that_could_not_work_stop_the_start()
    {
        var options = new WorkOptions();
        Assert.Empty(options.Validate(new(options)));
        options.Ingest.Sources["Jira!"] = new IngestSource { Secret = "short", Repositories = [new RepositoryRig { Repository = "acme", Rig = "shop" }] };
        Assert.Equal(3, options.Validate(new(options)).Count());
    }

    static OutsideEvent Read(string body) => OutsideEvent.Read(Encoding.UTF8.GetBytes(body), new OutsideFrame("application/cloudevents+json", null, null, ""));
}
