using System.CommandLine;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Cli.Output;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>config get</c>, <c>config set</c>, <c>config unset</c>, <c>config list</c>.</summary>
static class ConfigCommands
{
    public static IEnumerable<Command> All(CommandLine cli) => [CommandLine.Group("config", "What cm remembers about its town.", Get(cli), Set(cli), Unset(cli), List(cli))];

    static Argument<string> Key()
    {
        var key = new Argument<string>("key") { Description = $"One of {string.Join(", ", Settings.Keys.Keys)}." };
        key.AcceptOnlyFromAmong([.. Settings.Keys.Keys]);
        return key;
    }

    static Command Get(CommandLine cli)
    {
        var key = Key();
        return cli.Verb("get", "Print a setting.", [key], (run, _) =>
        {
            var value = Settings.Read(run.Terminal)[run.Get(key)] ?? throw new CommandFailedException(ExitCodes.NotFound, $"'{run.Get(key)}' is not set.");
            if (run.Json) run.PrintJson(new Dictionary<string, string> { [run.Get(key)] = value });
            else run.Terminal.Out.WriteLine(value);
            return Task.FromResult(ExitCodes.Ok);
        }, "cm config get url");
    }

    static Command Set(CommandLine cli)
    {
        var key = Key();
        var value = new Argument<string>("value") { Description = "The value; - reads standard input, which keeps a token out of the shell's history." };
        return cli.Verb("set", "Set a setting.", [key, value], async (run, ct) =>
        {
            var text = (await run.TextAsync(run.Get(value), ct))!.Trim();
            if (run.Get(key) == "url" && (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")))
                throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is not an http or https address.");
            if (run.Get(key) == "data") text = Path.GetFullPath(text, run.Terminal.Directory);
            var settings = Settings.Read(run.Terminal);
            settings.Set(run.Get(key), text);
            run.Say($"{run.Get(key)} is set in {settings.Path}");
            return ExitCodes.Ok;
        }, "cm config set url https://town.example.org", "cm config set token - < token.txt", "cm config set data /srv/town");
    }

    static Command Unset(CommandLine cli)
    {
        var key = Key();
        return cli.Verb("unset", "Forget a setting.", [key], (run, _) =>
        {
            Settings.Read(run.Terminal).Set(run.Get(key), null);
            return Task.FromResult(ExitCodes.Ok);
        }, "cm config unset token");
    }

    static Command List(CommandLine cli) => cli.Verb("list", "All settings; a token is not shown.", [], (run, _) =>
    {
        var settings = Settings.Read(run.Terminal);
        var shown = Settings.Keys.Keys.ToDictionary(k => k, k => k == "token" && settings[k] is { } t ? $"{t[..Math.Min(4, t.Length / 4)]}…" : settings[k]);
        if (run.Json) run.PrintJson(shown);
        else
        {
            var table = new Table("KEY", "VALUE", "MEANING");
            foreach (var (key, value) in shown) table.Add(key, value ?? "(not set)", Settings.Keys[key]);
            table.Write(run.Screen);
            run.Say($"in {settings.Path}");
        }
        return Task.FromResult(ExitCodes.Ok);
    }, "cm config list");
}
