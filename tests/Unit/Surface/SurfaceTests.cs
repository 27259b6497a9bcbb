using System.Text;
using System.Text.Json;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Town;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Unit.Surface;

/// <summary>What others rely on: routes, the OpenAPI document, queue names, databases. A change shows as a difference in a file.</summary>
public sealed class SurfaceTests(TownFixture town)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Routes()
    {
        var text = new StringBuilder();
        foreach (var route in town.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"]).Select(m => $"{e.RoutePattern.RawText?.TrimStart('/')} {m}"))
            .Distinct().Order(StringComparer.Ordinal))
            text.AppendLine("/" + route);
        Approved.Verify("routes.txt", text.ToString());
    }

    [Fact]
    public async Task OpenApi()
    {
        using var http = new HttpClient { BaseAddress = town.Address };
        var document = JsonDocument.Parse(await http.GetStringAsync("/openapi.json", Ct)).RootElement;
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString());
        // The servers entry names the port this run happened to get.
        var stable = document.EnumerateObject().Where(p => p.Name != "servers").ToDictionary(p => p.Name, p => p.Value);
        Approved.Verify("openapi.json", JsonSerializer.Serialize(stable, new JsonSerializerOptions { WriteIndented = true }));
    }

    [Fact]
    public async Task Every_path_is_served_under_v1_too()
    {
        using var http = new HttpClient { BaseAddress = town.Address };
        Assert.Equal(await http.GetStringAsync("/health/live", Ct), await http.GetStringAsync("/v1/health/live", Ct));
    }

    [Fact]
    public void Every_module_has_a_name_a_database_and_its_own()
    {
        var modules = TownModules.All();
        Assert.Equal(modules.Count, modules.Select(m => m.Name).Distinct().Count());
        Assert.Equal(modules.Count, modules.Select(m => m.DbContext).Distinct().Count());
    }

    [Fact]
    public async Task The_migrations_of_both_providers_match_their_models()
    {
        foreach (var module in TownModules.All())
        {
            foreach (var context in module.DbContext.Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(module.DbContext)))
            {
                var builder = (DbContextOptionsBuilder)Activator.CreateInstance(typeof(DbContextOptionsBuilder<>).MakeGenericType(context))!;
                if (context.Name.StartsWith("Sqlite", StringComparison.Ordinal)) builder.UseSqlite("Data Source=:memory:");
                else builder.UseNpgsql("Host=nowhere");
                await using var db = (DbContext)Activator.CreateInstance(context, builder.Options)!;
                Assert.NotEmpty(db.Database.GetMigrations());
                Assert.False(db.Database.HasPendingModelChanges(), $"{context.Name}: run scripts/add-migration");
            }
        }
    }
}
