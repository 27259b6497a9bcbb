using ClaudeManage.Contracts.Work;

namespace ClaudeManage.CliTests;

/// <summary>Which town a command talks to, and with whose token.</summary>
public sealed class TownFinderTests : IDisposable
{
    readonly Cm _cm = new();

    public TownFinderTests()
    {
        _cm.Variables.Clear();
        _cm.Town.On("GET", "/rigs", Sample.Page<RigSnapshot>());
    }

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task The_town_on_the_data_directory_is_found_with_its_own_token()
    {
        Running(Path.Combine(_cm.Home, ".claudemanage"), "http://127.0.0.1:7117", "own-token");
        var asked = await AskedAsync();
        Assert.Equal(("127.0.0.1", "own-token"), (asked.Uri.Host, asked.Bearer));
    }

    [Fact]
    public async Task Options_win_over_variables_and_variables_over_the_configuration()
    {
        await _cm.RunAsync("config", "set", "url", "http://configured.test");
        await _cm.RunAsync("config", "set", "token", "configured");
        Assert.Equal(("configured.test", "configured"), Told(await AskedAsync()));
        _cm.Variables["CM_URL"] = "http://variable.test";
        _cm.Variables["CM_TOKEN"] = "variable";
        Assert.Equal(("variable.test", "variable"), Told(await AskedAsync()));
        Assert.Equal(("option.test", "variable"), Told(await AskedAsync("--url", "http://option.test")));
    }

    [Fact]
    public async Task The_overseers_token_goes_to_no_other_town()
    {
        Running(Path.Combine(_cm.Home, ".claudemanage"), "http://127.0.0.1:7117", "own-token");
        Assert.Null((await AskedAsync("--url", "http://elsewhere.test:7117")).Bearer);
        Assert.Null((await AskedAsync("--url", "http://127.0.0.1:7118")).Bearer);
        Assert.Equal("own-token", (await AskedAsync("--url", "http://127.0.0.1:7117/")).Bearer);
    }

    [Fact]
    public async Task A_data_directory_on_the_command_line_wins_over_what_is_configured()
    {
        await _cm.RunAsync("config", "set", "url", "http://configured.test");
        await _cm.RunAsync("config", "set", "token", "configured");
        Running(Path.Combine(_cm.Directory, "other"), "http://127.0.0.1:9", "other-token");
        var asked = await AskedAsync("--data", "other");
        Assert.Equal(("127.0.0.1", "other-token"), (asked.Uri.Host, asked.Bearer));
    }

    [Fact]
    public async Task A_data_directory_without_a_town_says_so()
    {
        var result = await _cm.RunAsync("rig", "list", "--data", "nothing");
        Assert.Equal(3, result.Code);
        Assert.Contains(Path.Combine(_cm.Directory, "nothing"), result.Error);
    }

    [Theory]
    [InlineData("ftp://a.test")]
    [InlineData("town")]
    public async Task An_address_that_is_none_is_refused(string url) => Assert.Equal(2, (await _cm.RunAsync("rig", "list", "--url", url)).Code);

    [Fact]
    public async Task The_configuration_is_for_its_owner_only_and_the_token_is_not_listed()
    {
        await _cm.RunAsync("config", "set", "token", "very-secret-token");
        var path = Path.Combine(_cm.Home, ".config", "claudemanage", "config.json");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.DoesNotContain("secret", (await _cm.RunAsync("config", "list")).Out);
        Assert.Equal("very-secret-token\n", (await _cm.RunAsync("config", "get", "token")).Out);
        await _cm.RunAsync("config", "unset", "token");
        Assert.Equal(4, (await _cm.RunAsync("config", "get", "token")).Code);
    }

    [Fact]
    public async Task A_configuration_with_an_unknown_key_is_refused_with_the_key()
    {
        _cm.Variables["CM_CONFIG"] = Path.Combine(_cm.Home, "my.json");
        File.WriteAllText(_cm.Variables["CM_CONFIG"], """{"ulr":"http://a.test"}""");
        var result = await _cm.RunAsync("rig", "list");
        Assert.Equal(2, result.Code);
        Assert.Contains("'ulr'", result.Error);
    }

    static (string, string?) Told(FakeTown.Asked asked) => (asked.Uri.Host, asked.Bearer);

    async Task<FakeTown.Asked> AskedAsync(params string[] more)
    {
        Assert.Equal(0, (await _cm.RunAsync(["rig", "list", .. more])).Code);
        return _cm.Town.Requests.Last();
    }

    static void Running(string data, string url, string token)
    {
        Directory.CreateDirectory(data);
        File.WriteAllText(Path.Combine(data, "town.url"), url + "\n");
        File.WriteAllText(Path.Combine(data, "overseer.token"), token + "\n");
    }
}
