// One process of the crash tests: hosts the modules of its arguments until it is killed. "produce=N" makes alpha publish
// pings up to N, going on where the database says that it stopped. "measure=N" measures instead and ends.
using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var configuration = new ConfigurationBuilder().AddEnvironmentVariables("TOWN_").AddCommandLine(args).Build();
using var host = Build();
if (configuration["create"] is not null) await TownHost.CreateDatabasesAsync(host.Services, CancellationToken.None);
if (configuration["measure"] is { } events)
{
    Measurement.Build = Build;
    await Measurement.RunAsync(host, int.Parse(events, System.Globalization.CultureInfo.InvariantCulture), CancellationToken.None);
    return;
}
await host.StartAsync();
Console.WriteLine("up");
if (configuration["produce"] is { } wanted)
{
    var next = await UseAsync(db => db.Effects.CountAsync(x => x.By == "produced"));
    var total = int.Parse(wanted, System.Globalization.CultureInfo.InvariantCulture);
    for (; next < total; next++)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<AlphaDb>>();
        await db.TransactAsync(async ct =>
        {
            db.Add(new Effect { By = "produced", N = next });
            await outbox.PublishAsync(new Ping(next), ct);
        }, CancellationToken.None);
    }
}
await host.WaitForShutdownAsync();

IHost Build() => TownHost.Build(configuration.AsEnumerable().ToDictionary(x => x.Key, x => x.Value), configuration["modules"]?.Split(','));

async Task<T> UseAsync<T>(Func<AlphaDb, Task<T>> use)
{
    await using var scope = host.Services.CreateAsyncScope();
    return await use(scope.ServiceProvider.GetRequiredService<AlphaDb>());
}
