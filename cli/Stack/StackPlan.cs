using System.Net;
using System.Net.Sockets;

namespace ClaudeManage.Cli.Stack;

/// <summary>One process to be run.</summary>
sealed record StackProcessPlan(string Name, string Service, Uri Address, IReadOnlyDictionary<string, string> Environment);

/// <summary>Which processes a stack consists of, and what each of them is told.</summary>
sealed class StackPlan(StackDirectory directory, StackSecrets secrets, StackServers servers, StackRequest request)
{
    /// <summary>What a small server has room for, over all replicas of all services.</summary>
    const int Connections = 240;

    readonly StackDatabases _databases = new(servers.Postgres, secrets.Prefix);
    readonly Dictionary<string, Uri> _addresses = [];

    /// <summary>The services, then the gateway, then the supervisors: the order of a start.</summary>
    public IReadOnlyList<StackProcessPlan> Processes()
    {
        var replicas = StackServices.Replicated.SelectMany(s => Enumerable.Range(1, request.Replicas).Select(n => (Service: s, Name: $"{s}-{n}"))).ToList();
        var gateway = Address(StackServices.Gateway, request.Port);
        return
        [
            .. replicas.Select(r => new StackProcessPlan(r.Name, r.Service, Address(r.Name), Service(r.Service, r.Name))),
            new(StackServices.Gateway, StackServices.Gateway, gateway, Gateway(replicas)),
            .. Enumerable.Range(1, request.Supervisors).Select(n => $"node-{n}").Select(n => new StackProcessPlan(n, StackServices.Supervisor, Address(n), Node(n))),
        ];
    }

    /// <summary>What the verb <c>migrate</c> of a service is told.</summary>
    public IReadOnlyDictionary<string, string> Migration(string service) => Service(service, $"{service}-1");

    Dictionary<string, string> Service(string service, string name) => new(Common(service, name))
    {
        // Mirrors and worktrees are a replica's own; what its gates printed everybody can show.
        ["Refinery__GateLogDirectory"] = directory.Of("gate-runs"),
        [$"ConnectionStrings__{service}"] = _databases.ConnectionString(service, secrets.Passwords[service], Math.Max(4, Connections / (StackServices.Replicated.Count * request.Replicas))),
        // Hook signs the tokens of sessions.
        [service == "hook" ? "Auth__KeyFile" : "Auth__PublicKeyFile"] = service == "hook" ? directory.TownKey : directory.TownPublicKey,
    };

    Dictionary<string, string> Gateway(IEnumerable<(string Service, string Name)> replicas)
    {
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = Address(StackServices.Gateway, request.Port).ToString().TrimEnd('/'),
            ["DataDirectory"] = directory.Of(StackServices.Gateway),
            ["Auth__KeyFile"] = directory.TownKey,
        };
        foreach (var service in replicas.GroupBy(r => r.Service))
            foreach (var (n, replica) in service.Index()) environment[$"Gateway__Services__{service.Key}__{n}"] = Address(replica.Name).ToString();
        return environment;
    }

    Dictionary<string, string> Node(string name) => new(Common(StackServices.Supervisor, name))
    {
        ["Auth__PublicKeyFile"] = directory.TownPublicKey,
        ["Supervisor__NodeId"] = name,
        ["Supervisor__Url"] = Address(name).ToString().TrimEnd('/'),
        ["Supervisor__TokenFile"] = directory.SupervisorToken,
        ["Supervisor__CmPath"] = Path.Combine(AppContext.BaseDirectory, "cm.dll"),
    };

    Dictionary<string, string> Common(string service, string name) => new()
    {
        ["ASPNETCORE_URLS"] = Address(name).ToString().TrimEnd('/'),
        ["DataDirectory"] = directory.Of(name),
        ["Town__Url"] = Address(StackServices.Gateway, request.Port).ToString().TrimEnd('/'),
        ["ConnectionStrings__rabbitmq"] = new UriBuilder(servers.RabbitMq)
        {
            UserName = $"{secrets.Prefix}_{service}",
            Password = secrets.Passwords[service],
            Path = "/" + secrets.Prefix,
        }.Uri.ToString(),
    };

    /// <summary>Chosen once and kept: a process that is started again is where it was.</summary>
    Uri Address(string name, int port = 0)
    {
        if (_addresses.TryGetValue(name, out var known)) return known;
        if (port == 0)
        {
            do port = FreePort();
            while (_addresses.Values.Any(a => a.Port == port));
        }
        return _addresses[name] = new Uri($"http://127.0.0.1:{port}");
    }

    // Below 32768, where Linux begins to hand out ports to clients: a process that is started again must find its port free.
    static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException) { }
        }
    }
}
