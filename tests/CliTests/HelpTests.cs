using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using ClaudeManage.Cli;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Cli.Output;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.CliTests;

/// <summary>Scripts and people rely on names and options: every help text is pinned, and the page in docs is made from it.</summary>
public sealed class HelpTests
{
    const int Width = 100;

    [Fact]
    public void Every_help_text_is_as_approved() => Approved.Verify("help.txt", string.Join("\n", Commands().Select(c => $"$ {HelpText.PathOf(c)} --help\n{HelpText.Of(c, Width)}")));

    [Fact]
    public void The_page_in_docs_is_made_from_the_help() => Approved.VerifyFile(Path.Combine(Repository(), "docs", "cm.md"), Page());

    [Fact]
    public void Every_verb_has_a_sentence_and_an_example()
    {
        foreach (var command in Commands().Where(c => c.Subcommands.Count == 0))
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), HelpText.PathOf(command));
            Assert.EndsWith(".", command.Description);
            Assert.Contains("Examples:", HelpText.Of(command, Width));
            Assert.Contains(HelpText.PathOf(command), HelpText.Of(command, Width).Split("Examples:")[1]);
        }
    }

    [Fact]
    public void Every_verb_of_the_mission_is_there()
    {
        string[] wanted = ["up", "down", "demo", "rig add", "rig list", "rig show", "create", "list", "ready", "show", "update", "close", "reopen", "dep add", "dep rm", "dep tree", "comment",
            "sling", "unsling", "hook", "claim", "work", "done", "handoff", "park", "resume", "agent list", "agent show", "mq list", "mq show", "events", "session list", "session output",
            "status", "doctor", "token", "config get", "config set", "config list", "completion"];
        Assert.Empty(wanted.Except(Commands().Select(c => HelpText.PathOf(c)["cm".Length..].Trim())));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public void Help_fits_the_screen_apart_from_examples(int width)
    {
        foreach (var command in Commands())
            Assert.All(HelpText.Of(command, width).Split("Examples:")[0].Split('\n').Where(l => !l.StartsWith("Usage:", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, width));
    }

    [Fact]
    public async Task Asking_for_help_is_no_error_and_a_group_alone_is()
    {
        using var cm = new Cm();
        Assert.Equal(0, (await cm.RunAsync("create", "--help")).Code);
        Assert.Equal(0, (await cm.RunAsync()).Code);
        var group = await cm.RunAsync("rig");
        Assert.Equal(2, group.Code);
        Assert.Contains("Register a project", group.Error);
    }

    static string Page()
    {
        var text = new StringBuilder("""
            # cm

            The command line of ClaudeManage. This page is made from `cm --help`; a test keeps the two the same.

            Exit codes: 0 done; 1 refused, with the reason; 2 the command line is not understood; 3 no town answers; 4 not found, or nothing to claim;
            5 the state does not allow it (taken, changed meanwhile, lease lost). `--json` prints the town's answer unchanged. Into a pipe nothing is
            coloured or cut.

            The town is found by `--url`, `--data`, `CM_URL`, the configuration (`cm config`), or the town that runs on `~/.claudemanage`; the token by
            `CM_TOKEN`, the configuration, or that town's own `overseer.token`. Inside an agent's session `CM_WORK_ITEM`, `CM_LEASE`, `CM_AGENT` and
            `CM_BRANCH` say what `done`, `handoff`, `show` and `hook` are about.


            """);
        foreach (var command in Commands())
            text.Append($"## {HelpText.PathOf(command)}\n\n```\n{HelpText.Of(command, Width).TrimEnd()}\n```\n\n");
        return text.ToString();
    }

    static IEnumerable<Command> Commands()
    {
        using var cm = new Cm();
        var terminal = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null, In = TextReader.Null, IsInteractive = false, Width = Width, Variable = _ => null, Directory = "/", Home = "/" };
        return Walk(CommandTree.Build(new CommandLine(terminal, cm.Host))).ToList();
    }

    static IEnumerable<Command> Walk(Command command) => command.Subcommands.Where(c => !c.Hidden).SelectMany(Walk).Prepend(command);

    static string Repository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
