using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;

namespace ClaudeManage.Cli.Stack;

/// <summary>PostgreSQL and RabbitMQ of a stack: given by the environment, or private ones run from the system's packages.</summary>
sealed class StackServers(StackDirectory directory, StackSecrets secrets, Action<string> say)
{
    internal const string Administrator = "claudemanage_admin";

    /// <summary>Connection string of PostgreSQL's administrator.</summary>
    public string Postgres { get; private set; } = secrets.Postgres ?? "";

    /// <summary>Where the broker listens; user and path mean nothing.</summary>
    public Uri RabbitMq { get; private set; } = new(secrets.RabbitMq ?? "amqp://localhost");

    /// <summary>The broker's management, with an administrator's login.</summary>
    public Uri Management { get; private set; } = new(secrets.Management ?? "http://localhost");

    /// <summary>Starts what is ours and finds what is given.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var database = secrets.Postgres is null ? StartPostgresAsync(ct) : Task.CompletedTask;
        var broker = secrets.RabbitMq is null ? StartRabbitMqAsync(ct) : Task.CompletedTask;
        await Task.WhenAll(database, broker);
    }

    /// <summary>Starts again what is ours and ends without having been asked to, until <paramref name="stop"/>.</summary>
    public Task KeepAsync(TimeProvider clock, CancellationToken stop) => Task.WhenAll(
        secrets.Postgres is null ? Keeper("postgres", Path.Combine("data", "postmaster.pid"), clock).KeepAsync(stop) : Task.CompletedTask,
        secrets.RabbitMq is null ? Keeper("rabbitmq", "server.pid", clock).KeepAsync(stop) : Task.CompletedTask);

    StackServerKeeper Keeper(string server, string pidFile, TimeProvider clock) => new(server, Path.Combine(Of(server), pidFile), async () =>
    {
        await ScriptAsync(server, CancellationToken.None, "kill");
        await ScriptAsync(server, CancellationToken.None, "start");
    }, clock, say);

    /// <summary>Stops what is ours; the data stays.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        var database = secrets.Postgres is null && Directory.Exists(Of("postgres")) ? ScriptAsync("postgres", ct, "stop") : Task.FromResult("");
        var broker = secrets.RabbitMq is null && Directory.Exists(Of("rabbitmq")) ? ScriptAsync("rabbitmq", ct, "down") : Task.FromResult("");
        await Task.WhenAll(database, broker);
    }

    /// <summary>Ends what is ours with its data.</summary>
    public async Task DestroyAsync(CancellationToken ct)
    {
        if (secrets.Postgres is null) await ScriptAsync("postgres", ct, "destroy");
        if (secrets.RabbitMq is null) await ScriptAsync("rabbitmq", ct, "destroy");
    }

    async Task StartPostgresAsync(CancellationToken ct)
    {
        var fresh = !File.Exists(Path.Combine(Of("postgres"), "settings"));
        say(fresh ? "making a private PostgreSQL …" : "starting PostgreSQL …");
        await ScriptAsync("postgres", ct, fresh ? "up" : "start");
        var connection = new NpgsqlConnectionStringBuilder(await ScriptAsync("postgres", ct, "connection")) { Password = secrets.AdminPassword };
        Postgres = connection.ConnectionString;
        // A new one trusts whoever comes from this machine: not after this.
        var rules = Path.Combine(Of("postgres"), "data", "pg_hba.conf");
        const string onlyPasswords = "host all all 127.0.0.1/32 scram-sha-256\n";
        if (await File.ReadAllTextAsync(rules, ct) == onlyPasswords) return;
        var databases = new StackDatabases(Postgres, secrets.Prefix);
        await databases.RunAsync($"alter role \"{connection.Username}\" password '{secrets.AdminPassword}'", ct);
        await databases.RunAsync("revoke connect, temporary on database postgres from public", ct);
        await File.WriteAllTextAsync(rules, onlyPasswords, ct);
        await databases.RunAsync("select pg_reload_conf()", ct);
    }

    async Task StartRabbitMqAsync(CancellationToken ct)
    {
        var fresh = !File.Exists(Path.Combine(Of("rabbitmq"), "settings"));
        say(fresh ? "making a private RabbitMQ …" : "starting RabbitMQ …");
        await ScriptAsync("rabbitmq", ct, fresh ? "up" : "start");
        RabbitMq = new Uri(await ScriptAsync("rabbitmq", ct, "uri"));
        var guest = new Uri(await ScriptAsync("rabbitmq", ct, "management"));
        Management = new UriBuilder(guest) { UserName = Administrator, Password = secrets.AdminPassword }.Uri;
        using var own = new StackBroker(Management, secrets.Prefix);
        if (await own.AcceptsAsync(ct)) return;
        using var asGuest = new StackBroker(guest, secrets.Prefix);
        await asGuest.ReplaceGuestAsync(Administrator, secrets.AdminPassword, ct);
    }

    async Task<string> ScriptAsync(string server, CancellationToken ct, params string[] arguments)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "servers", server + ".sh");
        // Not through ProcessRunner: what that started it also ends.
        var start = new ProcessStartInfo("bash", [script, Of(server), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        if (process.ExitCode == 0) return (await output).Trim();
        throw new CommandFailedException(ExitCodes.Refused, $"{(await errors).Trim()}\nA stack needs PostgreSQL and RabbitMQ: install the packages postgresql and rabbitmq-server, or name servers in {StackSetting.Postgres}, {StackSetting.RabbitMq} and {StackSetting.Management}.");
    }

    string Of(string server) => directory.Of(server);

    /// <summary>A password nobody has to type.</summary>
    public static string NewPassword() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
