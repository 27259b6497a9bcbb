using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.CliTests;

/// <summary><c>cm convoy</c>: what it sends, and how a plan and a stranded convoy look.</summary>
public sealed class ConvoyTests : IDisposable
{
    readonly Cm _cm = new();

    public void Dispose() => _cm.Dispose();

    static readonly ConvoySnapshot Convoy = new("hq-cv-aaaaa", "Checkout", ConvoyState.Open, "overseer", new ConvoyProgress(3, 1, 0, 1, 0, 1, 0),
        [new ConvoyItemSnapshot("sh-1", "shop", WorkItemState.InProgress, "shop/polecats/nux", null), new ConvoyItemSnapshot("sh-2", "shop", WorkItemState.Open, null, "sh-1")],
        ["shop/polecats/nux"], Sample.Noon, Sample.Noon, null, 3, ConvoyDispatch.Auto, 4, false, new ConvoyStranding("held", "sh-2 is not slung again.", "Sling it: cm sling sh-2", "sh-2", Sample.Noon));

    static ConvoyPlan Plan(params ConvoyFinding[] errors) => new("hq-cv-aaaaa", [["sh-1"], ["sh-2"]], ["sh-1", "sh-2"], [], errors, [new ConvoyFinding("rig-parked", "The rig shop is parked.", ["sh-1"])],
        new ConvoyEstimate(60, 600, 7_200, 12), null);

    [Fact]
    public async Task Create_sends_what_it_is_made_of()
    {
        _cm.Town.On("POST", "/convoys", Convoy, 201);
        var result = await _cm.RunAsync("convoy", "create", "Checkout", "sh-1", "sh-2", "--dispatch", "auto", "--max-parallel", "4", "--label", "auth", "--launch");
        Assert.Equal(0, result.Code);
        Assert.Contains("hq-cv-aaaaa  open  1/3 closed", result.Out);
        var said = _cm.Town.Last("POST", "/convoys").Json;
        Assert.Equal("Checkout|auto|4|True|auth", string.Join('|', said.GetProperty("name"), said.GetProperty("dispatch"), said.GetProperty("maxParallel"), said.GetProperty("launch"), said.GetProperty("query").GetProperty("label")));
        Assert.Equal(["sh-1", "sh-2"], said.GetProperty("items").EnumerateArray().Select(i => i.GetString()));
    }

    [Fact]
    public async Task Stage_shows_the_plan_and_says_by_its_exit_code_whether_it_can_be_launched()
    {
        _cm.Town.On("GET", "/convoys/hq-cv-aaaaa/plan", Plan());
        var fine = await _cm.RunAsync("convoy", "stage", "hq-cv-aaaaa");
        Assert.Equal(0, fine.Code);
        Assert.Contains("sh-1 → sh-2", fine.Out);
        Assert.Contains("about 10m (60s to 2h, from 12 items)", fine.Out);
        Assert.Contains("The rig shop is parked.", fine.Out);
        _cm.Town.On("GET", "/convoys/hq-cv-aaaaa/plan", Plan(new ConvoyFinding("cycle", "In a circle: a → b → a.", ["a", "b", "a"])));
        var bad = await _cm.RunAsync("convoy", "stage", "hq-cv-aaaaa");
        Assert.Equal(1, bad.Code);
        Assert.Contains("a → b → a", bad.Out);
    }

    [Fact]
    public async Task Show_says_what_each_item_waits_for_and_what_to_do()
    {
        _cm.Town.On("GET", "/convoys/hq-cv-aaaaa", ConvoyDetail.Of(Convoy, "One page", null, 1.5m, Plan()));
        var shown = (await _cm.RunAsync("convoy", "show", "hq-cv-aaaaa")).Out;
        foreach (var text in (string[])["1 of 3 closed", "auto, 4 at once", "shop/polecats/nux", "1.50 USD", "Sling it: cm sling sh-2", "sh-2"]) Assert.Contains(text, shown);
    }

    [Theory]
    [InlineData("launch --force", "launch", "force", "True")]
    [InlineData("cancel --running stop --reason no", "cancel", "running", "stop")]
    public async Task Verbs_send_their_choices(string command, string path, string name, string value)
    {
        _cm.Town.On("POST", $"/convoys/hq-cv-aaaaa/{path}", Convoy);
        Assert.Equal(0, (await _cm.RunAsync(["convoy", command.Split(' ')[0], "hq-cv-aaaaa", .. command.Split(' ')[1..]])).Code);
        Assert.Equal(value, _cm.Town.Last("POST", $"/convoys/hq-cv-aaaaa/{path}").Json.GetProperty(name).ToString());
    }

    [Fact]
    public async Task Items_come_and_go()
    {
        _cm.Town.On("POST", "/convoys/hq-cv-aaaaa/items", Convoy).On("DELETE", "/convoys/hq-cv-aaaaa/items/sh-2", Convoy).On("POST", "/convoys/hq-cv-aaaaa/pause", Convoy).On("POST", "/convoys/hq-cv-aaaaa/resume", Convoy);
        Assert.Equal(0, (await _cm.RunAsync("convoy", "add", "hq-cv-aaaaa", "sh-3")).Code);
        Assert.Equal(0, (await _cm.RunAsync("convoy", "remove", "hq-cv-aaaaa", "sh-2")).Code);
        Assert.Equal(0, (await _cm.RunAsync("convoy", "pause", "hq-cv-aaaaa")).Code);
        Assert.Equal("hq-cv-aaaaa\n", (await _cm.RunAsync("convoy", "resume", "hq-cv-aaaaa", "--quiet")).Out);
        _cm.Town.On("GET", "/convoys", Sample.Page(Convoy));
        Assert.Contains("held", (await _cm.RunAsync("convoy", "list", "--state", "open")).Out);
    }

    [Fact]
    public async Task Set_sends_the_new_terms_and_what_it_is_to_be_without()
    {
        _cm.Town.On("PATCH", "/convoys/hq-cv-aaaaa", Convoy);
        Assert.Equal(0, (await _cm.RunAsync("convoy", "set", "hq-cv-aaaaa", "--budget", "60.5", "--notify", "overseer", "--notify", "mayor", "--no-deadline")).Code);
        var said = _cm.Town.Last("PATCH", "/convoys/hq-cv-aaaaa").Json;
        Assert.Equal((60.5m, "deadline"), (said.GetProperty("budgetUsd").GetDecimal(), Assert.Single(said.GetProperty("clear").EnumerateArray()).GetString()));
        Assert.Equal(["overseer", "mayor"], said.GetProperty("notify").EnumerateArray().Select(n => n.GetString()));
    }

    [Fact]
    public async Task Timeline_and_terms_are_shown()
    {
        _cm.Town.On("GET", "/convoys/hq-cv-aaaaa/timeline", Sample.Page(new ConvoyTimelineEntry(7, Sample.Noon, "slung", "sh-1", "system/convoy", "to shop/pool")));
        Assert.Matches("slung +sh-1 +system/convoy +to shop/pool", (await _cm.RunAsync("convoy", "timeline", "hq-cv-aaaaa")).Out);
        _cm.Town.On("GET", "/convoys/hq-cv-aaaaa", ConvoyDetail.Of(Convoy with { Deadline = Sample.Noon, BudgetUsd = 40 }, null, null, 1.5m, Plan()) with
        {
            Notify = ["overseer"],
            ClosedPerHour = 2.5,
            Forecast = new ConvoyForecast(Sample.Noon, Sample.Noon.AddHours(1), Sample.Noon.AddHours(3), true),
        });
        var shown = (await _cm.RunAsync("convoy", "show", "hq-cv-aaaaa")).Out;
        foreach (var text in (string[])["1.50 of 40.00 USD", "2.5 items an hour", $"about {Sample.Noon.AddHours(1):u}", "overseer"]) Assert.Contains(text, shown);
    }

    [Theory]
    [InlineData("convoy.landed", 0)]
    [InlineData("convoy.cancelled", 1)]
    public async Task Watch_goes_on_until_it_is_over_and_its_exit_code_says_how(string end, int code)
    {
        static object Entry(long sequence, string type) => new TrailEntry(Guid.NewGuid(), sequence, "system/convoy", null, null, "hq-cv-aaaaa", null, type, System.Text.Json.JsonDocument.Parse("{}").RootElement, Sample.Noon, Sample.Noon, "", "");
        static string Event(long sequence, string type) => $"id: {sequence}\ndata: {System.Text.Json.JsonSerializer.Serialize(Entry(sequence, type), ClaudeManage.Client.ClientJson.Options)}\n\n";
        _cm.Town.On("GET", "/convoys/hq-cv-aaaaa", ConvoyDetail.Of(Convoy, null, null, 0, Plan()));
        _cm.Town.On("GET", "/events", asked => asked.Query.Contains("after=latest")
            ? FakeTown.Json(Sample.Page<object>() with { Next = "7" })
            : FakeTown.Text(Event(8, "convoy.stranded") + Event(9, end), "text/event-stream"));
        var watched = await _cm.RunAsync("convoy", "watch", "hq-cv-aaaaa");
        Assert.Equal(code, watched.Code);
        Assert.Matches($"1/3 closed[^$]*convoy.stranded[^$]*{end}", watched.Out);
        // It begins with where the trail is, not with what has been.
        Assert.Equal(["?after=latest", "?after=7&convoy=hq-cv-aaaaa"], _cm.Town.Requests.Where(r => r.Path == "/events").Select(r => r.Query));
    }
}
