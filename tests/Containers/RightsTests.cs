using System.Text.Json;
using ClaudeManage.Cli.Stack;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Town;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RabbitMQ.Client;

namespace ClaudeManage.Containers;

/// <summary>The scripts and files that servers in containers are set up with, tried on servers without containers.</summary>
public sealed class RightsTests
{
    const string Vhost = "claudemanage";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_owns_its_database_and_may_not_enter_another()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        var (address, _, _) = await secrets.StartAsync("postgres", Ct);
        var server = new NpgsqlConnectionStringBuilder(address) { Pooling = false };
        var modules = TownModules.All().Where(m => m.Name != "supervisor").ToList();
        await Secrets.RunAsync(Ct, ["env", $"PGHOST={server.Host}", $"PGPORT={server.Port}", $"POSTGRES_USER={server.Username}",
            .. modules.Select(m => $"{m.Name.ToUpperInvariant()}_PASSWORD={secrets.Environment[$"{m.Name.ToUpperInvariant()}_PASSWORD"]}"), Path.Combine(Secrets.Root, "deploy", "postgres", "init.sh")]);

        string As(string role, string database) => new NpgsqlConnectionStringBuilder(address) { Pooling = false, Username = role, Database = database }.ConnectionString;
        foreach (var module in modules)
        {
            var own = $"claudemanage_{module.Name}";
            await using var app = ServiceHost.CreateBuilder(["--Database:Provider=Postgres", $"--ConnectionStrings:{module.Name}={As(own, own)}", $"--DataDirectory={secrets.Directory}"], [module]).Build();
            await app.Services.MigrateModulesAsync(Ct);
            foreach (var other in modules.Select(m => $"claudemanage_{m.Name}").Where(d => d != own).Append("postgres").Append("template1"))
            {
                await using var intruder = new NpgsqlConnection(As(own, other));
                var refusal = await Assert.ThrowsAsync<PostgresException>(() => intruder.OpenAsync(Ct));
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
            }
        }
    }

    [Fact]
    public async Task A_service_declares_all_its_queues_with_the_rights_of_its_user()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        var broker = await BrokerAsync(secrets);
        // All of them live until the end: the library's log is the process's, and goes with the first host.
        await using var hosts = new Hosts();
        foreach (var module in TownModules.All())
        {
            var app = hosts.Add(ServiceHost.CreateBuilder(
                ["--Bus:Transport=RabbitMq", $"--ConnectionStrings:rabbitmq={As(secrets, broker, module.Name)}", $"--DataDirectory={secrets.Directory}"], [module]).Build());
            await app.Services.GetRequiredService<IBusControl>().DeployAsync(Ct).WaitAsync(TimeSpan.FromSeconds(60), Ct);
        }
        // What hook has declared is there, and no one but hook gets at it.
        await using var hook = await OpenAsync(secrets, broker, "hook");
        await using (var channel = await hook.CreateChannelAsync(cancellationToken: Ct)) Assert.Equal(0u, await channel.MessageCountAsync("hook-work-item-facts", Ct));
        // The exchange of a message that only hook knows outlives the broker too: other properties than these would be refused here.
        await using (var channel = await hook.CreateChannelAsync(cancellationToken: Ct))
            await channel.ExchangeDeclareAsync("ClaudeManage.Hook.Sagas:LeaseCheck", ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: Ct);
        await using var work = await OpenAsync(secrets, broker, "work");
        await RefusedAsync(work, c => c.BasicGetAsync("hook-work-item-facts", true, Ct));
        await RefusedAsync(work, c => c.QueuePurgeAsync("hook-work-item-facts", Ct));
    }

    [Fact]
    public async Task A_service_reads_and_fills_nobody_elses_queues()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        var broker = await BrokerAsync(secrets);
        await using var hook = await OpenAsync(secrets, broker, "hook");
        await using var work = await OpenAsync(secrets, broker, "work");
        const string fact = "ClaudeManage.Contracts.Work:WorkItemCreated", inner = "ClaudeManage.Hook.Sagas:SlotGranted";
        await using (var channel = await hook.CreateChannelAsync(cancellationToken: Ct))
        {
            await channel.ExchangeDeclareAsync(fact, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
            await channel.ExchangeDeclareAsync(inner, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
            await channel.QueueDeclareAsync("hook-facts", durable: true, exclusive: false, autoDelete: false, cancellationToken: Ct);
            await channel.QueueBindAsync("hook-facts", fact, "", cancellationToken: Ct);
        }
        await using (var channel = await work.CreateChannelAsync(new CreateChannelOptions(true, true), Ct))
            await channel.BasicPublishAsync(fact, "", new byte[] { 1 }, Ct);
        await using (var channel = await hook.CreateChannelAsync(cancellationToken: Ct))
            Assert.Equal([1], (await channel.BasicGetAsync("hook-facts", true, Ct))!.Body.ToArray());

        await RefusedAsync(work, c => c.QueueDeclareAsync("hook-more", true, false, false, cancellationToken: Ct));
        await RefusedAsync(work, c => c.QueueBindAsync("hook-facts", fact, "", cancellationToken: Ct));
        await RefusedAsync(work, c => c.QueueDeleteAsync("hook-facts", cancellationToken: Ct));
        // What another service says or does among itself, and commands that it is not there to give.
        foreach (var message in new[] { inner, "ClaudeManage.Contracts.Hook:LeaseGranted", "ClaudeManage.Contracts.Supervisor:StartSession" })
        {
            await using (var channel = await work.CreateChannelAsync(cancellationToken: Ct)) await channel.ExchangeDeclareAsync(message, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
            await RefusedAsync(work, c => c.BasicPublishAsync(message, "", new byte[] { 1 }, Ct).AsTask());
            await using (var channel = await hook.CreateChannelAsync(new CreateChannelOptions(true, true), Ct)) await channel.BasicPublishAsync(message, "", new byte[] { 1 }, Ct);
        }
    }

    [Fact]
    public async Task Kubernetes_and_the_native_stack_give_the_same_rights()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        var operators = await File.ReadAllTextAsync(Path.Combine(Secrets.Root, "deploy", "k8s", "overlays", "production", "rabbitmq.yaml"), Ct);
        using var definitions = JsonDocument.Parse(await File.ReadAllTextAsync(secrets.File("rabbitmq-definitions.json"), Ct));
        var rights = definitions.RootElement.GetProperty("permissions").EnumerateArray().Where(p => p.GetProperty("user").GetString() != "claudemanage_admin").ToList();
        Assert.Equal(7, rights.Count);
        foreach (var permission in rights)
        {
            var name = permission.GetProperty("user").GetString()!["claudemanage_".Length..];
            var lines = string.Concat(new[] { "configure", "write", "read" }.Select(r => $"    {r}: '{permission.GetProperty(r).GetString()}'\n"));
            Assert.Contains($"  userReference: {{ name: {name} }}\n  permissions:\n{lines}", operators, StringComparison.Ordinal);
            Assert.Equal(BrokerRights.Of(name), new BrokerRights(permission.GetProperty("configure").GetString()!, permission.GetProperty("write").GetString()!, permission.GetProperty("read").GetString()!));
        }
    }

    static async Task<Uri> BrokerAsync(Secrets secrets)
    {
        var (address, script, directory) = await secrets.StartAsync("rabbitmq", Ct);
        await Secrets.RunAsync(Ct, script, directory, "ctl", "import_definitions", secrets.File("rabbitmq-definitions.json"));
        return new Uri(address);
    }

    static Uri As(Secrets secrets, Uri broker, string service) => new UriBuilder(broker)
    {
        UserName = "claudemanage_" + service,
        Password = secrets.Environment[service.ToUpperInvariant() + "_PASSWORD"],
        Path = Vhost,
    }.Uri;

    static Task<IConnection> OpenAsync(Secrets secrets, Uri broker, string service) =>
        new ConnectionFactory { Uri = As(secrets, broker, service), AutomaticRecoveryEnabled = false }.CreateConnectionAsync(Ct);

    static async Task RefusedAsync(IConnection connection, Func<IChannel, Task> act)
    {
        // A refusal closes the channel, so each attempt has one of its own.
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Ct);
        await Assert.ThrowsAnyAsync<Exception>(() => act(channel));
        Assert.Equal((ushort)403, channel.CloseReason?.ReplyCode);
    }

    sealed class Hosts : IAsyncDisposable
    {
        readonly List<IAsyncDisposable> _all = [];

        public T Add<T>(T host) where T : IAsyncDisposable
        {
            _all.Add(host);
            return host;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var host in _all) await host.DisposeAsync();
        }
    }
}
