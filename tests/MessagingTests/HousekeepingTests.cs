using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClaudeManage.MessagingTests;

/// <summary>What is not delivery: forgetting, giving up, telling.</summary>
public sealed class HousekeepingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Databases => [DatabaseProvider.Sqlite, DatabaseProvider.Postgres];

    [Theory, MemberData(nameof(Databases))]
    public async Task Answers_are_forgotten_after_a_day_and_deliveries_after_a_week(DatabaseProvider database)
    {
        await using var town = await Town.CreateAsync(BusTransport.InProcess, database);
        await town.StartAsync();
        var began = town.Clock.GetUtcNow();
        await town.TransactAsync<BetaDb>((db, _) =>
        {
            // More than two batches.
            for (var n = 0; n < 1100; n++) db.Add(new InboxRow { MessageId = Guid.NewGuid(), Consumer = "beta-ping", ReceivedAt = began });
            db.Add(new IdempotencyRow { Key = "old", CreatedAt = began });
            return Task.CompletedTask;
        });

        await AdvanceUntilAsync(town, async db => await db.Idempotency.CountAsync(Ct) == 0);
        Assert.InRange(town.Clock.GetUtcNow() - began, TimeSpan.FromHours(24), TimeSpan.FromDays(6));
        Assert.Equal(1100, await town.ReadAsync<BetaDb, int>(db => db.Inbox.CountAsync(Ct)));

        await AdvanceUntilAsync(town, async db => await db.Inbox.CountAsync(Ct) == 0);
        Assert.True(town.Clock.GetUtcNow() - began > TimeSpan.FromDays(7));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task A_message_to_an_endpoint_that_is_not_here_is_given_up_with_the_reason(DatabaseProvider database)
    {
        await using var town = await Town.CreateAsync(BusTransport.InProcess, database);
        await town.StartAsync();
        await town.TransactAsync<AlphaDb>((db, _) =>
        {
            db.Add(new OutboxRow { MessageId = Guid.NewGuid(), Destination = "queue:alpha-nobody", ContentType = "application/json", MessageTypes = "urn:message:X", Body = "{}", CreatedAt = town.Clock.GetUtcNow() });
            return Task.CompletedTask;
        });
        await town.PublishAsync(new Ping(1));
        await town.AssertEffectsAsync("beta-ping", [1]);
        var letter = await town.ReadAsync<AlphaDb, DeadLetterRow>(db => db.DeadLetters.SingleAsync(Ct));
        Assert.Equal("alpha-nobody_error", letter.Queue);
        Assert.Contains("alpha-nobody", letter.Exception);
        Assert.Equal(0, await town.ReadAsync<AlphaDb, int>(db => db.Outbox.CountAsync(Ct)));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Health_counts_what_waits_and_is_degraded_when_it_waits_long(DatabaseProvider database)
    {
        await using var town = await Town.CreateAsync(BusTransport.InProcess, database);
        // Built, not started: nobody delivers.
        using var host = TownHost.Build(town.Settings, clock: town.Clock);
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<BetaDb>();
            var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<BetaDb>>();
            await db.TransactAsync(async ct =>
            {
                await outbox.PublishAsync(new Pong(1), ct);
                await outbox.PublishAsync(new Pong(2), ct);
                await outbox.ScheduleAsync(new Pong(3), town.Clock.GetUtcNow().AddDays(1), ct);
                db.Add(new DeadLetterRow { Queue = "beta-ping_error", MessageId = Guid.NewGuid(), At = town.Clock.GetUtcNow() });
            }, Ct);
        }
        var health = host.Services.GetRequiredService<IMessagingHealth>();
        town.Clock.Advance(TimeSpan.FromSeconds(90));
        var beta = (await health.ReadAsync(Ct)).Single(x => x.Module == "beta");
        Assert.Equal((TimeSpan.FromSeconds(90), 2, 1), (beta.OldestDueAge, beta.Outbox, beta.DeadLetters));
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(host.Services));

        town.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(HealthStatus.Degraded, await StatusAsync(host.Services));
    }

    static async Task<HealthStatus> StatusAsync(IServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(x => x.Name == "messaging", Ct)).Status;

    static Task AdvanceUntilAsync(Town town, Func<BetaDb, Task<bool>> done) => town.EventuallyAsync(async () =>
    {
        town.Clock.Advance(TimeSpan.FromHours(1));
        return await town.ReadAsync(done);
    }, "forgotten");
}
