using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.CliTests;

public sealed class DeadLetterTests : IDisposable
{
    static readonly DateTimeOffset At = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);

    readonly Cm _cm = new();

    public DeadLetterTests()
    {
        Nodes("node-1");
        foreach (var service in TownClient.Services) _cm.Town.On("GET", $"/dead-letters/{service}", service == "hook" ? List(service) : new DeadLetterList(service, 0, []));
    }

    void Nodes(params string[] ids) => _cm.Town.On("GET", "/runtime/nodes", Sample.Nodes(ids));

    internal static DeadLetterList List(string service)
    {
        var letters = new[] { Letter(12, "sh-x7k2m"), Letter(11, null) };
        return new(service, 2, [new("g0123456789ab", "hook-rig-facts", "RigUpdated", "Boom: # times", 2, At, At, ["sh-x7k2m"], letters)]);
    }

    static DeadLetter Letter(long id, string? item) => new(id, "hook-rig-facts", "RigUpdated", new Guid((int)id, 0, 0, new byte[8]), item, "Boom: # times", "g0123456789ab", 4, At, true);

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task List_asks_every_service_and_groups()
    {
        var result = await _cm.RunAsync("dead-letters", "list");
        Assert.Equal(0, result.Code);
        Assert.Equal(TownClient.Services.Order(), _cm.Town.Requests.Where(r => r.Path != "/runtime/nodes").Select(r => r.Path["/dead-letters/".Length..]).Order());
        foreach (var word in new[] { "hook/g0123456789ab", "hook-rig-facts", "RigUpdated", "sh-x7k2m", "Boom: # times" }) Assert.Contains(word, result.Plain);
        Assert.Equal("hook/g0123456789ab", (await _cm.RunAsync("dead-letters", "list", "-q")).Out.Trim());
        var json = JsonElement.Parse((await _cm.RunAsync("dead-letters", "list", "--service", "hook", "--json")).Out);
        Assert.Equal((2, 1), (json.GetProperty("total").GetInt32(), json.GetProperty("services").GetArrayLength()));
    }

    [Fact]
    public async Task Of_several_nodes_each_is_asked_and_its_letters_carry_its_name()
    {
        Nodes("node-1", "node-2");
        _cm.Town.On("GET", "/dead-letters/supervisor", asked => FakeTown.Json(asked.Query == "?node=node-2" ? List("supervisor") : new DeadLetterList("supervisor", 0, [])))
            .On("POST", "/dead-letters/supervisor/12/replay", new DeadLettersDone(1));
        foreach (var args in new[] { new[] { "list", "-q" }, ["list", "-q", "--service", "supervisor"] })
        {
            var result = await _cm.RunAsync(["dead-letters", .. args]);
            Assert.Equal(0, result.Code);
            Assert.Contains("supervisor@node-2/g0123456789ab", result.Out);
            Assert.DoesNotContain("supervisor@node-1/", result.Out, StringComparison.Ordinal);
        }
        Assert.Contains("supervisor@node-2/11", (await _cm.RunAsync("dead-letters", "show", "supervisor@node-2/g0123456789ab")).Plain);
        Assert.Contains("1 message", (await _cm.RunAsync("dead-letters", "replay", "supervisor@node-2/12")).Plain);
        Assert.Equal("?node=node-2", _cm.Town.Last("POST", "/dead-letters/supervisor/12/replay").Query);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_named_and_the_others_are_shown()
    {
        _cm.Town.Refuse("GET", "/dead-letters/refinery", 503, "unavailable", "The service refinery is down.");
        var result = await _cm.RunAsync("dead-letters", "list");
        Assert.NotEqual(0, result.Code);
        Assert.Contains("hook/g0123456789ab", result.Plain);
        Assert.Contains("refinery was not asked: The service refinery is down.", result.Error);
    }

    [Fact]
    public async Task Show_takes_a_group_or_a_letter()
    {
        _cm.Town.On("GET", "/dead-letters/hook/12", new DeadLetterDetail(Letter(12, "sh-x7k2m"), "System.Exception: Boom\n   at Hook", "application/json", """{"message":{}}"""));
        Assert.Contains("hook/11", (await _cm.RunAsync("dead-letters", "show", "hook/g0123456789ab")).Plain);
        foreach (var args in new[] { new[] { "hook/12" }, ["12", "--service", "hook"] })
        {
            var shown = (await _cm.RunAsync(["dead-letters", "show", .. args])).Plain;
            foreach (var word in new[] { "sh-x7k2m", "5 deliveries", "at Hook", """{"message":{}}""" }) Assert.Contains(word, shown);
        }
        Assert.Equal(2, (await _cm.RunAsync("dead-letters", "show", "12")).Code);
        Assert.NotEqual(0, (await _cm.RunAsync("dead-letters", "show", "hook/gffffffffffff")).Code);
    }

    [Fact]
    public async Task Replay_and_discard_act_on_a_letter_or_a_group()
    {
        _cm.Town.On("POST", "/dead-letters/hook/12/replay", new DeadLettersDone(1)).On("POST", "/dead-letters/hook/groups/g0123456789ab/discard", new DeadLettersDone(2));
        Assert.Contains("1 message", (await _cm.RunAsync("dead-letters", "replay", "hook/12")).Plain);
        Assert.Contains("2 messages", (await _cm.RunAsync("dead-letters", "discard", "hook/g0123456789ab", "--reason", "not wanted")).Plain);
        Assert.Equal("not wanted", _cm.Town.Last("POST", "/dead-letters/hook/groups/g0123456789ab/discard").Json.GetProperty("reason").GetString());
    }
}
