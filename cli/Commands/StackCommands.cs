using System.CommandLine;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Cli.Output;
using ClaudeManage.Cli.Stack;

namespace ClaudeManage.Cli.Commands;

/// <summary><c>stack …</c>: the town as separate processes on PostgreSQL and RabbitMQ, on this machine.</summary>
static class StackCommands
{
    const int DefaultPort = 7117;
    static readonly TimeSpan StopPatience = TimeSpan.FromMinutes(4);

    public static Command Make(CommandLine cli) =>
        CommandLine.Group("stack", "The town as separate processes on PostgreSQL and RabbitMQ, with any number of replicas.", Up(cli), Down(cli), Status(cli), Logs(cli));

    static Command Up(CommandLine cli)
    {
        var port = new Option<int>("--port") { Description = $"Port of the gateway on 127.0.0.1; 0 takes a free one (default {DefaultPort}).", HelpName = "N", DefaultValueFactory = _ => DefaultPort };
        port.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 0 or > 65_535) r.AddError("A port is 0 to 65535."); });
        var replicas = Count("--replicas", "Processes of each service", 1, 8);
        var supervisors = Count("--supervisors", "Nodes that run agents", 0, 16);
        var detach = Symbols.Flag("--detach", "Go on in the background; its log is in the data directory.", "-d");
        return cli.Verb("up", "Start the stack: servers, databases, services, gateway, supervisors; ends with Ctrl-C or `cm stack down`.", [port, replicas, supervisors, detach], async (run, ct) =>
        {
            var (directory, request) = (Directory(run), new StackRequest(run.Get(port), run.Get(replicas), run.Get(supervisors)));
            if (run.Get(detach))
            {
                Ready(run, directory, await new StackLauncher(directory, run.Terminal.Clock).StartAsync(request, ct));
                return ExitCodes.Ok;
            }
            await new StackTown(directory, run.Terminal, text => run.Terminal.Error.WriteLine($"{run.Now.ToLocalTime():HH:mm:ss} {text}")).RunAsync(request, url =>
            {
                Ready(run, directory, url);
                return Task.CompletedTask;
            }, ct);
            return ExitCodes.Ok;
        }, "cm stack up --detach", "cm stack up --replicas 2 --supervisors 2", "CM_STACK_POSTGRES='Host=db;Username=admin;…' cm stack up   # a given server");
    }

    static Command Down(CommandLine cli)
    {
        var delete = Symbols.Flag("--delete", "Also delete its databases, queues and files. The work in it is gone.");
        return cli.Verb("down", "Stop the stack in good order: supervisors hand back, services end, servers stop.", [delete], async (run, ct) =>
        {
            var directory = Directory(run);
            var keeper = new TownProcess(directory.Data, run.Terminal.Clock);
            var stack = new StackTown(directory, run.Terminal, run.Say);
            var ran = keeper.IsRunning;
            if (ran)
            {
                var pid = keeper.Pid ?? throw new CommandFailedException(ExitCodes.Refused, $"A stack runs on {directory.Data}, but its town.pid does not say which process keeps it. Find it with `ps`, and send it SIGTERM.");
                run.Say($"stopping the stack on {directory.Data} (pid {pid}) …");
                if (!await keeper.StopAsync(pid, StopPatience, ct))
                    throw new CommandFailedException(ExitCodes.Refused, $"The stack (pid {pid}) still runs after {StopPatience.TotalMinutes:0} minutes. {directory.KeeperLog} may say why. Repeat `cm stack down` to wait again.");
            }
            else if (directory.ReadSecrets() is { } secrets)
            {
                // Its keeper was killed: what it kept is ended here.
                await stack.EndLeftoversAsync(ct);
                await new StackServers(directory, secrets, run.Say).StopAsync(ct);
            }
            else run.Say($"No stack is on {directory.Data}.");
            if (run.Get(delete)) await stack.DeleteAsync(ct);
            run.Say(run.Get(delete) ? "stopped and deleted" : "stopped");
            if (run.Json) run.PrintJson(new { stopped = ran, data = directory.Data });
            return ExitCodes.Ok;
        }, "cm stack down", "cm stack down --delete");
    }

    static Command Status(CommandLine cli) => cli.Verb("status", "Each process of the stack, and whether it is ready; exit code 1 when one is not.", [], async (run, ct) =>
    {
        var directory = Directory(run);
        var state = directory.ReadState();
        if (state.Processes.Count == 0) throw new CommandFailedException(ExitCodes.NotReachable, $"No stack runs on {directory.Data}. Start one with `cm stack up`.");
        var rows = await Task.WhenAll(state.Processes.Select(async p => (Process: p, Pid: p.Running()?.Pid, Missing: p.Running() is null ? "It does not run." : await StackReadiness.OfAsync(p.Address, ct))));
        if (run.Json) run.PrintJson(new { url = state.Url, processes = rows.Select(r => new { r.Process.Name, r.Process.Service, r.Process.Address, r.Pid, ready = r.Missing is null, r.Missing, r.Process.Restarts, r.Process.Since, log = directory.Log(r.Process.Name) }) });
        else
        {
            var table = new Table("PROCESS", "PID", "ADDRESS", "RESTARTS", "STATE");
            foreach (var (process, pid, missing) in rows)
                table.Add(process.Name, pid?.ToString() ?? "-", process.Address.ToString().TrimEnd('/'), process.Restarts.ToString(), missing is null ? new Span("ready", "green") : new Span(missing, "red"));
            table.Write(run.Screen);
        }
        return rows.All(r => r.Missing is null) ? ExitCodes.Ok : ExitCodes.Refused;
    }, "cm stack status", "cm stack status --json");

    static Command Logs(CommandLine cli)
    {
        var service = new Argument<string?>("service") { Description = "A process or a service, e.g. hook-1 or hook; all without one.", Arity = ArgumentArity.ZeroOrOne };
        var lines = new Option<int>("--lines", "-n") { Description = "Lines of each (default 20).", HelpName = "N", DefaultValueFactory = _ => 20 };
        return cli.Verb("logs", "The last lines that the processes of the stack have printed.", [service, lines], (run, _) =>
        {
            var (directory, wanted) = (Directory(run), run.Get(service));
            var names = directory.ReadState().Processes.Where(p => wanted is null || p.Name == wanted || p.Service == wanted).Select(p => p.Name).ToList();
            if (names.Count == 0 && wanted is not null && File.Exists(directory.Log(Path.GetFileName(wanted)))) names.Add(Path.GetFileName(wanted));
            if (wanted is null) names.Insert(0, "keeper");
            if (names.Count == 0) throw new CommandFailedException(ExitCodes.NotFound, $"The stack on {directory.Data} has no process or service '{wanted}'. `cm stack status` lists them.");
            foreach (var name in names)
            {
                run.Screen.Line(new Span($"== {directory.Log(name)}", "grey"));
                run.Terminal.Out.WriteLine(StackLogs.Tail(directory.Log(name), Math.Clamp(run.Get(lines), 1, 10_000)));
            }
            return Task.FromResult(ExitCodes.Ok);
        }, "cm stack logs", "cm stack logs hook -n 100");
    }

    static Option<int> Count(string name, string what, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{what}, {least} to {most} (default 1).", HelpName = "N", DefaultValueFactory = _ => 1 };
        option.Validators.Add(r => { if (r.GetValueOrDefault<int>() is var n && (n < least || n > most)) r.AddError($"{name} is {least} to {most}."); });
        return option;
    }

    static StackDirectory Directory(Invocation run) => new(run.Finder.DataDirectory);

    static void Ready(Invocation run, StackDirectory directory, Uri url)
    {
        if (run.Json)
        {
            run.PrintJson(new { url, data = directory.Data, logs = Path.GetDirectoryName(directory.KeeperLog) });
            return;
        }
        if (run.Quiet) return;
        run.Terminal.Out.WriteLine($"listening on {url.ToString().TrimEnd('/')}");
        var data = run.Finder.IsDefaultData ? "" : $" --data {directory.Data}";
        run.Say($"keys and tokens in {directory.Data}, everything else below {directory.Root}, logs in {Path.GetDirectoryName(directory.KeeperLog)}");
        run.Say($"look with `cm stack status{data}`, stop with `cm stack down{data}`");
    }
}
