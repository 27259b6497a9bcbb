// One process of the crash tests: hosts the modules of its arguments until it is killed. "produce=N" makes alpha publish
// pings up to N, going on where the database says that it stopped.
using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var configuration = new ConfigurationBuilder().AddEnvironmentVariables("TOWN_").AddCommandLine(args).Build();
using var host = TownHost.Build(configuration.AsEnumerable().ToDictionary(x => x.Key, x => x.Value), configuration["modules"]?.Split(','));
if (configuration["create"] is not null) await TownHost.CreateDatabasesAsync(host.Services, CancellationToken.None);
await host.StartAsync();
Console.WriteLine("up");
if (configuration["produce"] is { } wanted)
{
    var watch = System.Diagnostics.Stopwatch.StartNew();
    var next = await UseAsync(db => db.Effects.CountAsync(x => x.By == "produced"));
    for (; next < int.Parse(wanted, System.Globalization.CultureInfo.InvariantCulture); next++)
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
    Console.WriteLine($"produced after {watch.ElapsedMilliseconds} ms");
    if (configuration["measure"] is not null)
    {
        await MessagingIdle.WaitAsync(host.Services, CancellationToken.None);
        Console.WriteLine($"measured: {next / watch.Elapsed.TotalSeconds:0} events/s to three modules, {watch.ElapsedMilliseconds} ms");
    }
}
await host.WaitForShutdownAsync();

async Task<T> UseAsync<T>(Func<AlphaDb, Task<T>> use)
{
    await using var scope = host.Services.CreateAsyncScope();
    return await use(scope.ServiceProvider.GetRequiredService<AlphaDb>());
}
