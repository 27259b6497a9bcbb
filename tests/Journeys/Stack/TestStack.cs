using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ClaudeManage.Cli.Stack;
using ClaudeManage.Client;
using ClaudeManage.Faults;
using ClaudeManage.Git;
using ClaudeManage.Journeys.Telemetry;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Stack;

/// <summary>
/// A stack as <c>cm stack up</c> starts it, two replicas of every service and two nodes, with private servers where their packages are
/// installed, else in databases and a virtual host of its own on the test servers; removed at the end. Its keeper starts again what is killed.
/// </summary>
public sealed class TestStack : IRunningTown, IAsyncLifetime
{
    static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(4);
    static readonly TimeSpan StopPatience = TimeSpan.FromMinutes(3);

    readonly ScratchDirectory _scratch = new("stack");
    readonly ConcurrentDictionary<string, TownClient> _clients = new();
    readonly StringBuilder _log = new();
    readonly StackDirectory _directory;
    Process? _keeper;
    OtlpCollector? _collector;
    bool _private;

    readonly int _replicas;
    readonly int _nodes;
    BrokerProxy? _workToBroker;
    Uri? _broker;

    /// <summary>The one that tests share.</summary>
    public TestStack() : this(2, 2) { }

    /// <summary>One of another size, in which faults can be planted (<see cref="Plant"/>) instead of cutting wires.</summary>
    internal TestStack(int replicas, int nodes, bool faults = false)
    {
        (_replicas, _nodes, HasFaults) = (replicas, nodes, faults);
        _directory = new StackDirectory(_scratch["town"]);
    }

    bool HasFaults { get; }

    /// <summary>It has servers of its own, which may be killed.</summary>
    public bool HasServers => _private;

    /// <inheritdoc />
    public string OverseerToken => File.ReadAllText(_directory.OverseerToken).Trim();

    /// <inheritdoc />
    public string Log { get { lock (_log) return _log.ToString() + string.Join('\n', Processes.Select(p => StackLogs.Tail(_directory.Log(p.Name), 200))); } }

    /// <summary>The gateway.</summary>
    public Uri Url => Processes.Single(p => p.Service == StackServices.Gateway).Address;

    internal IReadOnlyList<StackProcessState> Processes => _directory.ReadState().Processes;

    internal StackDirectory Directory => _directory;

    /// <summary>Receives the traces of all its processes.</summary>
    public OtlpCollector Collector => _collector!;

    /// <summary>Between every replica of Work and the broker.</summary>
    internal BrokerProxy WorkToBroker => _workToBroker!;

    /// <summary>Switches a fault on (<see cref="Planted"/>), until the result is disposed.</summary>
    internal IDisposable Plant(string fault)
    {
        Assert.True(HasFaults);
        return new PlantedFault(_scratch[fault]);
    }

    /// <summary>The process that starts again what ends.</summary>
    public int Keeper => _keeper!.Id;

    /// <summary>Kills a private server, or skips the test where there is none.</summary>
    public ServerControl RequireOwn(string server)
    {
        Require();
        if (!_private) Assert.Skip($"The stack has a private {server} only where the packages postgresql and rabbitmq-server are installed.");
        return Script(server, _directory.Of(server));
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        if (TestServers.Postgres is null || TestServers.RabbitMq is null) return;      // each test says so
        _private = await IsInstalledAsync("postgres") && await IsInstalledAsync("rabbitmq");
        _collector = await OtlpCollector.StartAsync(CancellationToken.None);
        _workToBroker = new BrokerProxy(async () => _broker ??= await RabbitMqAsync());
        _keeper = Start("stack", "up", "--data", _directory.Data, "--port", "0", "--replicas", $"{_replicas}", "--supervisors", $"{_nodes}");
        await Eventually.TrueAsync(() => _keeper.HasExited || File.Exists(Path.Combine(_directory.Data, "town.url")), StartPatience, "the stack is ready", CancellationToken.None);
        if (_keeper.HasExited) throw new InvalidOperationException($"The stack did not start:\n{Log}");
    }

    static ServerControl Script(string server, string directory) => new("bash", Path.Combine(AppContext.BaseDirectory, "servers", server + ".sh"), directory);

    static async Task<bool> IsInstalledAsync(string server)
    {
        try
        {
            await Script(server, "-").RunAsync(CancellationToken.None, "installed");
            return true;
        }
        catch (InvalidOperationException) { return false; }
    }

    /// <summary>Where its PostgreSQL is; user and password mean nothing.</summary>
    public async Task<string> PostgresAsync() => _private ? await Script("postgres", _directory.Of("postgres")).RunAsync(CancellationToken.None, "connection") : TestServers.RequirePostgres();

    /// <summary>Where its RabbitMQ is; user, password and path mean nothing.</summary>
    public async Task<Uri> RabbitMqAsync() => new(_private ? await Script("rabbitmq", _directory.Of("rabbitmq")).RunAsync(CancellationToken.None, "uri") : TestServers.RequireRabbitMq());

    /// <summary>Its virtual host, as somebody who may do everything there.</summary>
    internal async Task<Uri> BrokerAdminAsync(CancellationToken ct)
    {
        var admin = await ManagementAsync();
        var user = Uri.UnescapeDataString(admin.UserInfo.Split(':')[0]);
        using var http = Http(admin);
        using var granted = await http.PutAsJsonAsync($"api/permissions/{Prefix}/{user}", new { configure = ".*", write = ".*", read = ".*" }, ct);
        granted.EnsureSuccessStatusCode();
        return new UriBuilder(await RabbitMqAsync()) { UserName = user, Password = admin.UserInfo.Split(':')[1], Path = "/" + Prefix }.Uri;
    }

    /// <summary>The queues of all services that have an exchange of their own name before them.</summary>
    internal async Task<IReadOnlyList<string>> EndpointsAsync(CancellationToken ct)
    {
        using var http = Http(await ManagementAsync());
        var exchanges = await NamesAsync(http, "exchanges", ct);
        return [.. (await NamesAsync(http, "queues", ct)).Intersect(exchanges).Where(q => StackServices.Replicated.Any(s => q.StartsWith(s + "-", StringComparison.Ordinal)))];
    }

    async Task<IReadOnlyList<string>> NamesAsync(HttpClient management, string kind, CancellationToken ct) =>
        [.. (await management.GetFromJsonAsync<JsonElement>($"api/{kind}/{Prefix}?columns=name", ct)).EnumerateArray().Select(q => q.GetProperty("name").GetString()!)];

    string Prefix => _directory.ReadSecrets()!.Prefix;

    async Task<Uri> ManagementAsync() => _private
        ? new UriBuilder(await Script("rabbitmq", _directory.Of("rabbitmq")).RunAsync(CancellationToken.None, "management")) { UserName = StackServers.Administrator, Password = _directory.ReadSecrets()!.AdminPassword }.Uri
        : new Uri(TestServers.RabbitMqManagement!);

    static HttpClient Http(Uri management) => new()
    {
        BaseAddress = new Uri(management.GetLeftPart(UriPartial.Authority)),
        DefaultRequestHeaders = { Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo)))) },
    };

    /// <summary>Skips or fails the test without servers.</summary>
    public static void Require()
    {
        TestServers.RequirePostgres();
        TestServers.RequireRabbitMq();
    }

    /// <inheritdoc />
    public Task<TownClient> ClientAsync(string? token, CancellationToken ct) => Task.FromResult(_clients.GetOrAdd(token ?? "", _ => new TownClient(Url, token)));

    /// <inheritdoc />
    public async Task KillAsync()
    {
        foreach (var process in Processes) await KillAsync(process.Name);
    }

    /// <summary>kill -9 of one process; returns when it is gone.</summary>
    public async Task KillAsync(string name)
    {
        if (Processes.Single(p => p.Name == name).Running() is not { } id) return;
        ProcessGroup.Send(id, Signal.Kill);
        await Eventually.TrueAsync(() => !ProcessGroup.IsAlive(id), TimeSpan.FromSeconds(60), $"{name} is gone", CancellationToken.None);
    }

    /// <summary>Waits until its keeper has everything back.</summary>
    public Task StartAsync(CancellationToken ct) => Eventually.TrueAsync(async () =>
    {
        foreach (var process in Processes)
        {
            if (process.Running() is null) return false;
            if (await StackReadiness.OfAsync(process.Address, ct) is { } why) throw new InvalidOperationException($"{process.Name}: {why}");
        }
        return true;
    }, StartPatience, "every process is ready again", ct);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values) client.Dispose();
        if (_keeper is not null)
        {
            if (!_keeper.HasExited) Signals.Send(_keeper.Id, Signal.Terminate);
            await _keeper.WaitForExitAsync().WaitAsync(StopPatience);
            using var delete = Start("stack", "down", "--delete", "--data", _directory.Data);
            await delete.WaitForExitAsync().WaitAsync(StopPatience);
            _keeper.Dispose();
        }
        if (_collector is not null) await _collector.DisposeAsync();
        _workToBroker?.Dispose();
        _scratch.Dispose();
    }

    Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(TownProcess.Dotnet, [Path.Combine(AppContext.BaseDirectory, "cm.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment =
            {
                [StackSetting.Postgres] = _private ? null : TestServers.Postgres,
                [StackSetting.RabbitMq] = _private ? null : TestServers.RabbitMq,
                [StackSetting.Management] = _private ? null : TestServers.RabbitMqManagement,
                [StackSetting.Prefix] = "cmj" + Path.GetFileName(_scratch.Path)[5..].Replace("-", "_", StringComparison.Ordinal).ToLowerInvariant(),
                ["Supervisor__Slots"] = "1",
                ["Supervisor__HeartbeatSeconds"] = "1",
                ["Hook__DispatchTimeoutSeconds"] = "10",
            },
        };
        foreach (var (name, value) in Collector.Settings()) start.Environment[name] = value;
        // Twenty processes that all tell their numbers twice a second would be a load of their own.
        start.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "60000";
        // The assembly is loaded into every process of the stack; see its StartupHook.
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(Planted).Assembly.Location;
        start.Environment[BrokerDetour.Variable] = $"work={WorkToBroker.Port}";
        if (HasFaults) start.Environment[Planted.Variable] = _scratch.Path;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    void Add(string? line)
    {
        lock (_log)
            if (line is not null) _log.AppendLine(line);
    }
}

/// <summary>A fault that is on as long as its file is there.</summary>
sealed class PlantedFault : IDisposable
{
    readonly string _file;

    public PlantedFault(string file) => File.WriteAllText(_file = file, "");

    /// <inheritdoc />
    public void Dispose() => File.Delete(_file);
}

/// <summary>One stack for all tests that take it as it is; nothing else runs meanwhile, there are twenty processes already.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class OnTheStack : ICollectionFixture<TestStack>
{
    public const string Name = "stack";
}
