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
    var warm = int.Parse(configuration["warm"] ?? "0", System.Globalization.CultureInfo.InvariantCulture);
    var total = int.Parse(wanted, System.Globalization.CultureInfo.InvariantCulture);
    var perCommit = int.Parse(configuration["per-commit"] ?? "1", System.Globalization.CultureInfo.InvariantCulture);
    for (; next < total; next++)
    {
        if (next == warm && warm > 0)
        {
            // A measurement begins after the compiler has done its work.
            await MessagingIdle.WaitAsync(host.Services, CancellationToken.None);
            watch.Restart();
        }
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AlphaDb>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<AlphaDb>>();
        var last = Math.Min(next + perCommit, total) - 1;
        await db.TransactAsync(async ct =>
        {
            for (var n = next; n <= last; n++)
            {
                db.Add(new Effect { By = "produced", N = n });
                await outbox.PublishAsync(new Ping(n), ct);
            }
        }, CancellationToken.None);
        next = last;
    }
    Console.WriteLine($"produced after {watch.ElapsedMilliseconds} ms");
    if (configuration["measure"] is not null)
    {
        await MessagingIdle.WaitAsync(host.Services, CancellationToken.None);
        Console.WriteLine($"measured: {(next - warm) / watch.Elapsed.TotalSeconds:0} events/s to three modules, {watch.ElapsedMilliseconds} ms");
    }
}
await host.WaitForShutdownAsync();

async Task<T> UseAsync<T>(Func<AlphaDb, Task<T>> use)
{
    await using var scope = host.Services.CreateAsyncScope();
    return await use(scope.ServiceProvider.GetRequiredService<AlphaDb>());
}
