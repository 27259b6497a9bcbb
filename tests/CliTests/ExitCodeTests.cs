namespace ClaudeManage.CliTests;

public sealed class ExitCodeTests : IDisposable
{
    readonly Cm _cm = new();

    public void Dispose() => _cm.Dispose();

    [Theory]
    [InlineData(400, 1)]
    [InlineData(401, 1)]
    [InlineData(403, 1)]
    [InlineData(404, 4)]
    [InlineData(409, 5)]
    [InlineData(412, 5)]
    [InlineData(422, 1)]
    [InlineData(503, 1)]
    public async Task A_refusal_is_printed_and_has_its_code(int status, int expected)
    {
        _cm.Town.Refuse("GET", "/rigs/shop", status, "some-code", "Because of the reason. Do that next.");
        var result = await _cm.RunAsync("rig", "show", "shop");
        Assert.Equal(expected, result.Code);
        Assert.Equal("", result.Out);
        Assert.StartsWith("cm: Because of the reason. Do that next.", result.Error);
    }

    [Fact]
    public async Task With_json_the_problem_is_json_too()
    {
        _cm.Town.Refuse("GET", "/rigs/shop", 404, "not-found", "There is no rig 'shop'.");
        var result = await _cm.RunAsync("rig", "show", "shop", "--json");
        Assert.Equal(4, result.Code);
        Assert.Equal("not-found", System.Text.Json.JsonElement.Parse(result.Error).GetProperty("code").GetString());
    }

    [Fact]
    public async Task No_town_is_3()
    {
        _cm.Town.Gone = true;
        var result = await _cm.RunAsync("rig", "list");
        Assert.Equal(3, result.Code);
        Assert.Contains("http://town.test:7117", result.Error);
    }

    [Fact]
    public async Task No_town_anywhere_is_3_and_says_how_to_start_one()
    {
        _cm.Variables.Remove("CM_URL");
        var result = await _cm.RunAsync("rig", "list");
        Assert.Equal(3, result.Code);
        Assert.Contains("cm up", result.Error);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("list", "--nonsense")]
    [InlineData("create", "A title", "--rig", "shop", "--type", "wish")]
    [InlineData("create", "A title")]
    [InlineData("show")]
    [InlineData("done", "sh-x7k2m")]
    [InlineData("sling", "sh-x7k2m", "nowhere")]
    [InlineData("work", "--hook", "shop/pool")]
    [InlineData("park", "--until", "teatime", "--lease", "x")]
    [InlineData("config", "get", "colour")]
    public async Task What_is_not_understood_is_2(params string[] args)
    {
        var result = await _cm.RunAsync(args);
        Assert.Equal(2, result.Code);
        Assert.NotEqual("", result.Error);
        Assert.Empty(_cm.Town.Requests);
    }

    [Fact]
    public async Task Nothing_to_claim_is_4()
    {
        _cm.Town.On("POST", "/hooks/shop/pool/claim", _ => new HttpResponseMessage(System.Net.HttpStatusCode.NoContent));
        Assert.Equal(4, (await _cm.RunAsync("claim", "shop/pool")).Code);
        Assert.Equal(4, (await _cm.RunAsync("work", "--hook", "shop/pool", "--", "true")).Code);
    }

    [Fact]
    public async Task An_answer_from_something_that_is_no_town_is_3()
    {
        _cm.Town.On("GET", "/rigs", _ => FakeTown.Text("<html>hello</html>", "text/html"));
        Assert.Equal(3, (await _cm.RunAsync("rig", "list")).Code);
    }
}
