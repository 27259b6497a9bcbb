using System.Diagnostics;
using ClaudeManage.Cli.Hosting;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Town;

namespace ClaudeManage.Cli.Stack;

/// <summary>A town as separate processes on this machine: makes what it needs, runs it until it is told to end, and takes it down.</summary>
sealed class StackTown(StackDirectory directory, Terminal terminal, Action<string> say)
{
    static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(365);
    static readonly TimeSpan LeftoverPatience = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the stack in this process until <paramref name="ct"/>. <paramref name="ready"/> is called once everything is.</summary>
    public async Task RunAsync(StackRequest request, Func<Uri, Task> ready, CancellationToken ct)
    {
        if (Directory.Exists(Path.Combine(directory.Data, "db")))
            throw new CommandFailedException(ExitCodes.Conflict, $"{directory.Data} holds a town in one process (`cm up`). A stack has its work in other databases: choose another directory with --data.");
        using var taken = Take();
        directory.Create();
        await EndLeftoversAsync(ct);
        var secrets = Secrets();
        WriteKeys();
        var servers = new StackServers(directory, secrets, say);
        using var ending = new CancellationTokenSource();
        var kept = Task.CompletedTask;
        try
        {
            await servers.StartAsync(ct);
            kept = servers.KeepAsync(terminal.Clock, ending.Token);
            say("databases, roles, broker users …");
            await new StackDatabases(servers.Postgres, secrets.Prefix).PrepareAsync(secrets.Passwords, ct);
            using (var broker = new StackBroker(servers.Management, secrets.Prefix)) await broker.PrepareAsync(secrets.Passwords, ct);
            var plan = new StackPlan(directory, secrets, servers, request);
            var processes = plan.Processes();
            say("bringing the databases up to date …");
            await Parallel.ForEachAsync(StackServices.Replicated, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct }, (service, token) => MigrateAsync(service, plan, token));
            await KeepAsync(processes, taken, ready, ct);
        }
        finally
        {
            say("stopping the servers …");
            await ending.CancelAsync();
            await kept;
            await servers.StopAsync(CancellationToken.None);
            say("stopped");
        }
    }

    async Task KeepAsync(IReadOnlyList<StackProcessPlan> processes, DataDirectoryLock taken, Func<Uri, Task> ready, CancellationToken ct)
    {
        var url = processes.Single(p => p.Service == StackServices.Gateway).Address;
        var keeper = new StackKeeper(directory, processes, url, terminal.Clock, say);
        try
        {
            say($"starting {processes.Count} processes …");
            await keeper.StartAsync(ct);
            taken.Announce(url);
            await ready(url);
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            say("stopping: the supervisors hand back what runs, then the services end …");
            await keeper.StopAsync();
        }
    }

    /// <summary>Ends what an earlier keeper left running, supervisors first; also without a keeper.</summary>
    public async Task EndLeftoversAsync(CancellationToken ct)
    {
        var left = directory.ReadState().Processes.Where(p => p.Running() is not null).ToList();
        if (left.Count == 0) return;
        say($"{left.Count} processes of a stack without a keeper are ended first …");
        foreach (var group in left.GroupBy(p => p.Service == StackServices.Supervisor ? 0 : 1).OrderBy(g => g.Key))
        {
            foreach (var process in group)
                if (process.Running() is { } id) ProcessGroup.Send(id, Signal.Terminate);
            var since = terminal.Clock.GetTimestamp();
            while (group.Any(p => p.Running() is not null) && terminal.Clock.GetElapsedTime(since) < LeftoverPatience) await Task.Delay(Look, terminal.Clock, ct);
            foreach (var process in group)
                if (process.Running() is { } id) ProcessGroup.Send(id, Signal.Kill);
        }
        directory.ForgetState();
    }

    /// <summary>Removes databases, queues, servers and files of a stack that does not run.</summary>
    public async Task DeleteAsync(CancellationToken ct)
    {
        using var taken = Take();
        if (directory.ReadSecrets() is not { } secrets) return;
        var servers = new StackServers(directory, secrets, say);
        if (secrets.Postgres is { } postgres) await new StackDatabases(postgres, secrets.Prefix).RemoveAsync(ct);
        if (secrets.RabbitMq is not null) using (var broker = new StackBroker(servers.Management, secrets.Prefix)) await broker.RemoveAsync(ct);
        await servers.DestroyAsync(ct);
        Directory.Delete(directory.Root, recursive: true);
    }

    DataDirectoryLock Take()
    {
        try { return DataDirectoryLock.Take(directory.Data); }
        catch (TownStartException e) { throw new CommandFailedException(ExitCodes.Conflict, e.Message); }
    }

    StackSecrets Secrets()
    {
        if (directory.ReadSecrets() is { } known)
        {
            // A service that is new since the stack was made.
            var passwords = StackServices.OnBroker.ToDictionary(s => s, s => known.Passwords.GetValueOrDefault(s) ?? StackServers.NewPassword());
            directory.Write(known = known with { Passwords = passwords });
            return known;
        }
        var prefix = Variable(StackSetting.Prefix) ?? "claudemanage";
        if (prefix.Length > 40 || !prefix.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            throw new CommandFailedException(ExitCodes.Usage, $"{StackSetting.Prefix} is '{prefix}'; it is made of at most 40 lower-case letters, digits and _.");
        var (postgres, rabbitMq, management) = (Variable(StackSetting.Postgres), Variable(StackSetting.RabbitMq), Variable(StackSetting.Management));
        if (rabbitMq is null != management is null)
            throw new CommandFailedException(ExitCodes.Usage, $"{StackSetting.RabbitMq} and {StackSetting.Management} belong together: users and their rights are made through the management API.");
        var secrets = new StackSecrets(prefix, StackServers.NewPassword(), StackServices.OnBroker.ToDictionary(s => s, _ => StackServers.NewPassword()), postgres, rabbitMq, management);
        directory.Write(secrets);
        return secrets;
    }

    void WriteKeys()
    {
        using var key = TownKey.LoadOrCreate(directory.TownKey);
        File.WriteAllText(directory.TownPublicKey, key.PublicPem);
        var issuer = new TokenIssuer(key, terminal.Clock);
        PrivateFile.Write(directory.OverseerToken, issuer.Issue("overseer", Roles.Overseer, TokenLifetime) + "\n");
        PrivateFile.Write(directory.SupervisorToken, issuer.Issue("system/supervisor", Roles.Supervisor, TokenLifetime) + "\n");
    }

    async ValueTask MigrateAsync(string service, StackPlan plan, CancellationToken ct)
    {
        var log = directory.Log("migrate-" + service);
        File.Delete(log);
        using var process = StackProcess.Start(StackServices.Program(service), "migrate", log, plan.Migration(service), directory.Root);
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0) throw new CommandFailedException(ExitCodes.Refused, $"The database of {service} could not be brought up to date:\n{StackLogs.Tail(log, 15)}");
    }

    string? Variable(string name) => terminal.Variable(name) is { Length: > 0 } value ? value : null;
}
