using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>One service of the suite, hosted alone or together with the others.</summary>
public interface IModule
{
    /// <summary>Lower case; names its database, its endpoints' prefix and its actor <c>system/name</c>.</summary>
    string Name { get; }

    /// <summary>The module's database context (the one for all providers).</summary>
    Type DbContext { get; }

    /// <summary>Its database where it is hosted alone and nothing else is configured.</summary>
    DatabaseProvider DatabaseAlone => DatabaseProvider.Postgres;

    /// <summary>How the bus knows it.</summary>
    MessagingModule OnBus(IConfiguration configuration) => new(Name, DbContext, AddMessaging);

    /// <summary>What it registers.</summary>
    void AddServices(IHostApplicationBuilder builder);

    /// <summary>What it consumes.</summary>
    void AddMessaging(IModuleBus bus);

    /// <summary>What it serves.</summary>
    void MapEndpoints(IEndpointRouteBuilder routes);
}
