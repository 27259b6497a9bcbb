using System.CommandLine;
using System.Diagnostics;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Client;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>up</c> and <c>down</c>: a town on this machine.</summary>
static class TownCommands
{
    const int DefaultPort = 7117;
    static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public static IEnumerable<Command> All(CommandLine cli) => [Up(cli), Down(cli)];

    static Command Up(CommandLine cli)
    {
        var port = new Option<int>("--port") { Description = $"Port on 127.0.0.1; 0 takes a free one (default {DefaultPort}).", HelpName = "N", DefaultValueFactory = _ => DefaultPort };
        port.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 0 or > 65_535) r.AddError("A port is 0 to 65535."); });
        var detach = Symbols.Flag("--detach", "Go on in the background; its log is in the data directory.", "-d");
        var noBrowser = Symbols.Flag("--no-browser", "Do not open a browser.");
        return cli.Verb("up", "Start a town on this machine: every service in one process, nothing to install.", [port, detach, noBrowser], async (run, ct) =>
        {
            var data = run.Finder.DataDirectory;
            if (run.Get(detach)) return await DetachAsync(run, data, run.Get(port), ct);
            var code = await run.Host.RunAsync(data, run.Get(port), _ =>
            {
                run.Say($"data in {data}; stop with Ctrl-C or `cm down{(run.Finder.IsDefaultData ? "" : $" --data {data}")}`");
                return Task.CompletedTask;
            }, ct);
            return code == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        }, "cm up", "cm up --detach", "cm up --data /srv/town --port 8080");
    }

    static Command Down(CommandLine cli)
    {
        return cli.Verb("down", "Stop the town on this machine: no new work, agents saved and handed back, then the end.", [], async (run, ct) =>
        {
            var data = run.Finder.DataDirectory;
            var town = new TownProcess(data, run.Terminal.Clock);
            if (!town.IsRunning)
            {
                run.Say($"No town runs on {data}.");
                if (run.Json) run.PrintJson(new { stopped = false, data });
                return ExitCodes.Ok;
            }
            var pid = town.Pid ?? throw new CommandFailedException(ExitCodes.Refused, $"A town runs on {data}, but {Path.Combine(data, "town.pid")} does not say which process it is. Find it with `ps`, and send it SIGTERM.");
            run.Say($"stopping the town on {data} (pid {pid}) …");
            if (!await town.StopAsync(pid, StopPatience, ct))
                throw new CommandFailedException(ExitCodes.Refused, $"The town (pid {pid}) still runs after {StopPatience.TotalSeconds:0} s. {town.LogFile} may say why. Repeat `cm down` to wait again.");
            run.Say("stopped");
            if (run.Json) run.PrintJson(new { stopped = true, data, pid });
            return ExitCodes.Ok;
        }, "cm down", "cm down --data /srv/town");
    }

    static async Task<int> DetachAsync(Invocation run, string data, int port, CancellationToken ct)
    {
        var town = new TownProcess(data, run.Terminal.Clock);
        if (town.IsRunning) throw new CommandFailedException(ExitCodes.Conflict, $"A town already runs on {data} (pid {town.Pid?.ToString() ?? "unknown"}{(town.Url is { } at ? $", {at}" : "")}). Use it, or stop it with `cm down`.");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(data);
        else Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var logged = File.Exists(town.LogFile) ? new FileInfo(town.LogFile).Length : 0;
        using var process = TownProcess.Launch(data, port, town.LogFile);
        var since = run.Terminal.Clock.GetTimestamp();
        while (run.Terminal.Clock.GetElapsedTime(since) < StartPatience)
        {
            if (process.HasExited) throw new CommandFailedException(ExitCodes.Refused, $"The town did not start:\n{Tail(town.LogFile, logged)}");
            if (town.Url is { } url && await IsReadyAsync(run, url, ct))
            {
                if (run.Json) run.PrintJson(new { url, pid = town.Pid, data, log = town.LogFile });
                else if (!run.Quiet)
                {
                    run.Terminal.Out.WriteLine($"listening on {url.ToString().TrimEnd('/')}");
                    run.Say($"pid {town.Pid}, log in {town.LogFile}; stop with `cm down{(run.Finder.IsDefaultData ? "" : $" --data {data}")}`");
                }
                return ExitCodes.Ok;
            }
            await Task.Delay(Look, run.Terminal.Clock, ct);
        }
        throw new CommandFailedException(ExitCodes.NotReachable, $"The town started (pid {process.Id}), but is not ready after {StartPatience.TotalSeconds:0} s. Its log is {town.LogFile}.");
    }

    static async Task<bool> IsReadyAsync(Invocation run, Uri url, CancellationToken ct)
    {
        using var client = run.ClientFor(url, null);
        try { return (await client.ReadyAsync(ct)).Status == "healthy"; }
        catch (Exception e) when (e is TownUnreachableException or TownProblemException) { return false; }
    }

    static string Tail(string log, long from)
    {
        if (!File.Exists(log)) return "it wrote no log";
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(Math.Max(from, file.Length - 4096), SeekOrigin.Begin);
        var text = new StreamReader(file).ReadToEnd().Trim();
        return text.Length > 0 ? text : "it wrote nothing to its log";
    }
}
