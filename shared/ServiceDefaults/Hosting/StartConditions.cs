using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>Something is configured in a way that cannot work; the message names the key.</summary>
public sealed class ServiceStartException(string message) : Exception(message);

/// <summary>One thing a service cannot begin without, and what is wrong with it.</summary>
sealed record Missing(string What, string Detail);

/// <summary>What a service that is hosted alone needs of the world: first that it is configured, then that it is there.</summary>
sealed class StartConditions(IConfiguration configuration, IReadOnlyList<IModule> modules)
{
    /// <exception cref="ServiceStartException">A key is missing or makes no sense.</exception>
    public void RequireConfigured()
    {
        if (Read<DatabaseProvider>("Database:Provider") == DatabaseProvider.Postgres)
            foreach (var module in modules) RequireDatabase(module.Name);
        if (Read<BusTransport>("Bus:Transport") == BusTransport.RabbitMq) RequireBroker();
        if (configuration["Supervisor:TokenFile"] is { Length: > 0 } file && !File.Exists(file)) throw new ServiceStartException($"Supervisor:TokenFile names {file}, which is not there or may not be seen.");
    }

    /// <summary>What is not there yet.</summary>
    public async Task<IReadOnlyList<Missing>> MissingAsync(IServiceProvider services, CancellationToken ct)
    {
        var missing = new List<Missing>();
        var health = ActivatorUtilities.CreateInstance<DatabaseHealth>(services);
        foreach (var database in services.GetServices<ModuleDatabase>())
            if (await health.TroubleAsync(database, ct) is { } trouble) missing.Add(new("database", trouble));
        if (await BrokerAsync(ct) is { } broker) missing.Add(broker);
        return missing;
    }

    /// <summary>Whether the broker takes us; nothing to wait for without one.</summary>
    public async Task<Missing?> BrokerAsync(CancellationToken ct) =>
        Read<BusTransport>("Bus:Transport") == BusTransport.RabbitMq && await Broker.TroubleAsync(RequireBroker(), ct) is { } trouble ? new("broker", trouble) : null;

    void RequireDatabase(string module)
    {
        var key = $"ConnectionStrings:{module}";
        var text = configuration.GetConnectionString(module);
        if (string.IsNullOrWhiteSpace(text))
            throw new ServiceStartException($"{key} is missing, and Database:Provider is Postgres. Set the variable {Variable(key)}, e.g. Host=db;Username=claudemanage_{module};Password=…;Database=claudemanage_{module}.");
        try { _ = new NpgsqlConnectionStringBuilder(text); }
        catch (ArgumentException e) { throw new ServiceStartException($"{key} is no connection string of PostgreSQL: {e.Message}"); }
    }

    Uri RequireBroker()
    {
        const string key = "ConnectionStrings:rabbitmq";
        var text = configuration.GetConnectionString("rabbitmq");
        if (string.IsNullOrWhiteSpace(text)) throw new ServiceStartException($"{key} is missing, and Bus:Transport is RabbitMq. Set the variable {Variable(key)}, e.g. amqp://user:password@broker/claudemanage.");
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" ? uri
            : throw new ServiceStartException($"{key} is no address of the form amqp://user:password@host/vhost.");
    }

    T Read<T>(string key) where T : struct, Enum =>
        configuration[key] is not { Length: > 0 } text ? default
        : Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value
        : throw new ServiceStartException($"{key} is '{text}'; it is one of {string.Join(", ", Enum.GetNames<T>())}.");

    static string Variable(string key) => key.Replace(":", "__", StringComparison.Ordinal);
}
