using ClaudeManage.Cli.Output;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.CliTests;

public sealed class OutputTests : IDisposable
{
    readonly Cm _cm = new();

    public void Dispose() => _cm.Dispose();

    [Fact]
    public async Task Json_is_the_towns_answer_unchanged_also_what_this_version_does_not_know()
    {
        const string answer = """{"items":[],"next":null,  "newField": {"a":1}}""";
        _cm.Town.On("GET", "/work-items", answer);
        Assert.Equal(answer + "\n", (await _cm.RunAsync("list", "--json")).Out);
    }

    [Fact]
    public async Task Quiet_prints_only_ids()
    {
        _cm.Town.On("GET", "/work-items", Sample.Page(Sample.Item("sh-aaaaa"), Sample.Item("sh-bbbbb")));
        Assert.Equal("sh-aaaaa\nsh-bbbbb\n", (await _cm.RunAsync("list", "--quiet")).Out);
    }

    [Fact]
    public async Task Into_a_pipe_nothing_is_coloured_or_cut()
    {
        var title = new string('x', 200);
        _cm.Town.On("GET", "/work-items", Sample.Page(Sample.Item(title: title)));
        var result = await _cm.RunAsync("list");
        Assert.Contains(title, result.Out);
        Assert.DoesNotContain('\u001b', result.Out);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task On_a_screen_every_row_fits_on_one_line(int width)
    {
        (_cm.Interactive, _cm.Width) = (true, width);
        _cm.Town.On("GET", "/work-items", Sample.Page(Sample.Item(title: new string('x', 300)), Sample.Item(title: string.Concat(Enumerable.Repeat("日本語の長い題名", 30)))));
        var result = await _cm.RunAsync("list");
        Assert.Contains('\u001b', result.Out);
        Assert.Equal(3, result.Lines.Length);
        Assert.All(result.Lines, line => Assert.InRange(Text.Width(line), 1, width));
        Assert.EndsWith("…", result.Lines[1]);
    }

    [Fact]
    public async Task NO_COLOR_is_respected()
    {
        _cm.Interactive = true;
        _cm.Variables["NO_COLOR"] = "1";
        _cm.Town.On("GET", "/work-items", Sample.Page(Sample.Item()));
        Assert.DoesNotContain('\u001b', (await _cm.RunAsync("list")).Out);
    }

    [Fact]
    public async Task A_title_cannot_steer_the_terminal()
    {
        _cm.Town.On("GET", "/work-items", Sample.Page(Sample.Item(title: "a\u001b[2Jb\rc\u202Ed [red]not markup[/]")));
        var result = await _cm.RunAsync("list");
        Assert.Contains("a[2Jbcd [red]not markup[/]", result.Out);
        _cm.Interactive = true;
        Assert.Contains("a[2Jbcd [red]not markup[/]", (await _cm.RunAsync("list")).Plain);
    }

    [Fact]
    public void Output_of_an_agent_keeps_colours_and_loses_everything_else_that_steers() =>
        Assert.Equal("\u001b[31mred\u001b[0m plain\ttab\r\n", Text.Output("\u001b[31mred\u001b[0m\u001b[2J \u001b]0;title\u0007plain\u0008\ttab\r\n"));

    [Fact]
    public async Task The_rest_of_a_list_is_offered_on_standard_error()
    {
        _cm.Town.On("GET", "/work-items", new { items = new[] { Sample.Item() }, next = "abc" });
        var result = await _cm.RunAsync("list", "--limit", "1");
        Assert.Contains("--after abc", result.Error);
        Assert.DoesNotContain("abc", result.Out);
    }

    [Fact]
    public async Task Show_tells_what_it_waits_for_and_what_came_of_it()
    {
        var item = Sample.Item(state: WorkItemState.Closed) with { Outcome = new WorkItemOutcome(OutcomeKind.Merged, "Long names work", "shop/polecats/nux", 2, "cm/sh-x7k2m/2", "aaaa", "bbbb") };
        _cm.Town.On("GET", "/work-items/sh-x7k2m", Sample.Detail(item)).On("GET", "/work-items/sh-x7k2m/comments", Sample.Page<object>());
        var result = await _cm.RunAsync("show", "sh-x7k2m");
        Assert.Contains("merged by shop/polecats/nux", result.Out);
        Assert.Contains("bbbb", result.Out);
        Assert.Contains("Long names work", result.Out);
    }

    [Theory]
    [InlineData(59, "59s")]
    [InlineData(300, "5m")]
    [InlineData(7_200, "2h")]
    [InlineData(86_400 * 3, "3d")]
    public void Ages_are_short(int seconds, string expected) => Assert.Equal(expected, Text.Age(TimeSpan.FromSeconds(seconds)));
}
