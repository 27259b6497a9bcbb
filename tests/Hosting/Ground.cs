using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Tests.Hosting;

/// <summary>Where the modules of a test keep their rows: SQLite files, or a PostgreSQL database for each; and how they hear of each other: in process, or by a broker.</summary>
public sealed class Ground : IAsyncDisposable
{
    readonly List<PostgresDatabase> _databases = [];
    readonly List<BrokerProxy> _wires = [];
    readonly Dictionary<string, string?> _settings = [];
    RabbitVhost? _broker;

    /// <param name="modules">Names of the modules that get a database each; <c>probe</c> is one.</param>
    /// <param name="broker">Their messages go over RabbitMQ.</param>
    public static async Task<Ground> MakeAsync(bool postgres, IReadOnlyList<string> modules, CancellationToken ct, bool broker = false)
    {
        var ground = new Ground();
        if (broker)
        {
            ground._broker = await RabbitVhost.CreateAsync(ct);
            ground._settings["Bus:Transport"] = "RabbitMq";
        }
        if (!postgres) return ground;
        ground._settings["Database:Provider"] = "Postgres";
        foreach (var module in modules)
        {
            ground._databases.Add(await PostgresDatabase.CreateAsync(ct));
            ground._settings[$"ConnectionStrings:{module}"] = ground._databases[^1].ConnectionString + ";Maximum Pool Size=10";
        }
        return ground;
    }

    /// <summary>The settings of a host on it.</summary>
    /// <param name="death">
    /// The host's, if it is to die: its way to the broker breaks in the same moment. It sends and acknowledges nothing any more, and what it had not
    /// acknowledged comes again.
    /// </param>
    /// <param name="more">Settings besides.</param>
    public Dictionary<string, string?> With(Death? death, params IEnumerable<(string Key, string Value)> more)
    {
        var settings = new Dictionary<string, string?>(_settings);
        if (_broker is not null) settings["ConnectionStrings:rabbitmq"] = (death is null ? _broker.Uri : Wire(_broker.Uri, death)).ToString();
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    Uri Wire(Uri broker, Death death)
    {
        var wire = new BrokerProxy(() => Task.FromResult(broker));
        _wires.Add(wire);
        death.Token.Register(wire.Dispose);
        return wire.Detour(broker);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var wire in _wires) wire.Dispose();
        foreach (var database in _databases) await database.DisposeAsync();
        if (_broker is not null) await _broker.DisposeAsync();
    }
}
