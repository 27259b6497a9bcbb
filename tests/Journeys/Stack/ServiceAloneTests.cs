using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ClaudeManage.Cli.Stack;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;
using Npgsql;

namespace ClaudeManage.Journeys.Stack;

/// <summary>One service as a process: what it says when something is missing, and that it goes on when that comes.</summary>
public class ServiceAloneTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ConnectionStrings:hook is missing")]
    [InlineData("ConnectionStrings:rabbitmq is missing", "ConnectionStrings__hook=Host=127.0.0.1")]
    [InlineData("Bus:Transport is 'Pigeons'; it is one of InProcess, RabbitMq", "ConnectionStrings__hook=Host=127.0.0.1", "Bus__Transport=Pigeons")]
    [InlineData("Hook", "Database__Provider=Sqlite", "Bus__Transport=InProcess", "Hook__MaxWorkers=-1")]
    [InlineData("Auth:PublicKeyFile", "Database__Provider=Sqlite", "Bus__Transport=InProcess", "Auth__PublicKeyFile=/nowhere/town.pub")]
    public async Task A_wrong_configuration_ends_it_with_one_line_that_names_the_key(string says, params string[] settings)
    {
        using var scratch = new ScratchDirectory("alone");
        using var service = Start("hook", "run", scratch, [.. settings.Select(s => (s[..s.IndexOf('=')], s[(s.IndexOf('=') + 1)..]))]);
        var errors = await service.StandardError.ReadToEndAsync(Ct);
        await service.WaitForExitAsync(Ct);
        Assert.Equal(1, service.ExitCode);
        Assert.Contains(says, errors);
        Assert.Single(errors.Trim().Split('\n'));
    }

    [Fact]
    public async Task It_waits_for_its_database_says_so_and_starts_when_it_comes()
    {
        await using var database = await PostgresDatabase.CreateAsync(Ct);
        await using var vhost = await RabbitVhost.CreateAsync(Ct);
        using var scratch = new ScratchDirectory("alone");
        var (address, front) = (new Uri($"http://127.0.0.1:{FreePort.Next()}"), FreePort.Next());
        var real = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        (string, string) broker = ("ConnectionStrings__rabbitmq", vhost.Uri.ToString());

        using (var migrate = Start("convoy", "migrate", scratch, ("ConnectionStrings__convoy", database.ConnectionString), broker))
        {
            await migrate.WaitForExitAsync(Ct);
            Assert.Equal(0, migrate.ExitCode);
        }
        var through = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Host = "127.0.0.1", Port = front }.ConnectionString;
        using var service = Start("convoy", "run", scratch, ("ConnectionStrings__convoy", through), broker, ("ASPNETCORE_URLS", address.ToString()));
        try
        {
            await Eventually.TrueAsync(async () => await StackReadiness.OfAsync(address, Ct) is { } missing && missing.Contains("database: The database of convoy cannot be used", StringComparison.Ordinal), Patience, "it says what is missing", Ct);
            using (var http = new HttpClient()) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(address, "/health/live"), Ct)).StatusCode);
            using (var check = Start("convoy", "healthcheck", scratch, ("ASPNETCORE_URLS", address.ToString())))
            {
                Assert.Contains("database", await check.StandardError.ReadToEndAsync(Ct));
                await check.WaitForExitAsync(Ct);
                Assert.Equal(1, check.ExitCode);
            }
            Assert.False(service.HasExited);

            using var forwarder = Forward(front, real.Host!, real.Port);
            await Eventually.TrueAsync(async () => await StackReadiness.OfAsync(address, Ct) is null, Patience, "it is ready", Ct);
            Signals.Send(service.Id, Signal.Terminate);
            await service.WaitForExitAsync(Ct).WaitAsync(Patience, Ct);
            Assert.Equal(0, service.ExitCode);
        }
        finally
        {
            if (!service.HasExited) service.Kill();
        }
    }

    static Process Start(string service, string verb, ScratchDirectory scratch, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [StackServices.Program(service), verb]) { RedirectStandardError = true, WorkingDirectory = scratch.Path, Environment = { ["DataDirectory"] = scratch.Path } };
        start.Environment.TryAdd("ASPNETCORE_URLS", "http://127.0.0.1:0");
        foreach (var (name, value) in settings) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Passes on what comes to a port, until it is disposed.</summary>
    static TcpListener Forward(int port, string host, int to)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                var (near, far) = (await listener.AcceptTcpClientAsync(), new TcpClient());
                await far.ConnectAsync(host, to);
                _ = near.GetStream().CopyToAsync(far.GetStream());
                _ = far.GetStream().CopyToAsync(near.GetStream());
            }
        });
        return listener;
    }
}
