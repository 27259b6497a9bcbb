using System.Text.Json;
using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.MessagingTests;

/// <summary>What the bus promises, the same for every transport and database.</summary>
public abstract class MessagingCompliance(BusTransport transport, DatabaseProvider database) : IAsyncLifetime
{
    Town _town = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync() => _town = await Town.CreateAsync(transport, database);

    public async ValueTask DisposeAsync()
    {
        if (_town is not null) await _town.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_publish_reaches_every_subscriber_once_also_two_consumers_of_one_name_in_two_modules()
    {
        await _town.StartAsync();
        for (var n = 0; n < 20; n++) await _town.PublishAsync(new Ping(n));
        await _town.AssertEffectsAsync("beta-ping", Enumerable.Range(0, 20));
        await _town.AssertEffectsAsync("gamma-ping", Enumerable.Range(0, 20));
        await _town.AssertEffectsAsync("alpha-pong", Enumerable.Range(0, 20));
    }

    [Fact]
    public async Task A_consumer_of_an_interface_gets_every_event_with_its_raw_json()
    {
        await _town.StartAsync();
        await _town.PublishAsync(new Ping(7, "seven", Colour.LightBlue));
        await _town.EffectsReachAsync("gamma-trail", 2);
        var trail = await _town.EffectsAsync("gamma-trail");
        Assert.Equal(2, trail.Count);
        var ping = trail.Select(x => JsonDocument.Parse(x.Detail!).RootElement).Single(x => x.TryGetProperty("text", out _));
        Assert.Equal(("seven", 7), (ping.GetProperty("text").GetString(), ping.GetProperty("n").GetInt32()));
        Assert.Equal(Colour.LightBlue, Assert.Single(await _town.EffectsAsync("beta-ping")).Colour);
    }

    [Fact]
    public async Task What_queues_up_shares_a_transaction_and_is_handled_singly_when_one_of_it_fails()
    {
        const int Wave = 20;
        var (handled, published) = (new System.Collections.Concurrent.ConcurrentDictionary<int, int>(), 0);
        // The last of each wave fails once, and takes along whoever is in its transaction.
        _town.Faults.Fails = (by, n) => by == "beta-ping" && handled.AddOrUpdate(n, 1, (_, times) => times + 1) == 1 && n % Wave == Wave - 1;
        await _town.StartAsync();
        await _town.EventuallyAsync(async () =>
        {
            await _town.PublishAsync([.. Enumerable.Range(published, Wave).Select(n => new Ping(n))]);
            published += Wave;
            await _town.EffectsReachAsync("beta-ping", published);
            return handled.Any(x => x.Key % Wave != Wave - 1 && x.Value > 1);
        }, "one that did not fail was rolled back with one that did");
        await _town.AssertEffectsAsync("beta-ping", Enumerable.Range(0, published));
        await _town.AssertEffectsAsync("alpha-pong", Enumerable.Range(0, published));
    }

    [Fact]
    public async Task A_rollback_publishes_nothing()
    {
        await _town.StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => _town.TransactAsync<AlphaDb>(async (_, outbox) =>
        {
            await outbox.PublishAsync(new Ping(1), Ct);
            throw new InvalidOperationException("changed my mind");
        }));
        await _town.PublishAsync(new Ping(2));
        await _town.AssertEffectsAsync("beta-ping", [2]);
    }

    [Fact]
    public async Task A_poison_message_is_put_off_four_times_then_dead_lettered_and_blocks_nobody()
    {
        var attempts = 0;
        _town.Faults.Fails = (by, n) => by == "beta-poison" && n == 13 && Interlocked.Increment(ref attempts) > 0;
        await _town.StartAsync();
        await _town.PublishAsync(new Poison(13), new Poison(1), new Ping(1));
        await _town.AssertEffectsAsync("beta-poison", [1]);
        await _town.AssertEffectsAsync("gamma-ping", [1]);
        await UseUpAsync("beta-poison");
        // Five deliveries of four attempts (in process, perhaps a batch before them); nothing of them stays.
        Assert.InRange(attempts, 20, 21);
        Assert.Single(await _town.EffectsAsync("beta-poison"));
        Assert.DoesNotContain(await _town.EffectsAsync("alpha-pong"), x => x.N == 13);
        if (transport == BusTransport.RabbitMq) Assert.False(await RabbitQueues.ExistsAsync(_town.Settings["ConnectionStrings:rabbitmq"]!, "beta-poison_error"));
    }

    [Fact]
    public async Task Dead_letters_are_grouped_by_cause_and_replayed_once_to_the_endpoint_that_gave_up()
    {
        _town.Faults.Fails = (by, _) => by == "beta-ping";
        await _town.StartAsync();
        await _town.PublishAsync(new Ping(1), new Ping(2));
        await _town.AssertEffectsAsync("gamma-ping", [1, 2]);
        await UseUpAsync("beta-ping", 2);

        var group = Assert.Single((await DeskAsync(desk => desk.ListAsync("beta", Ct))).Groups);
        Assert.Equal(("beta-ping", "Ping", 2), (group.Endpoint, group.MessageType, group.Count));
        Assert.Contains("beta-ping fails on #, as asked", group.Cause);
        Assert.All(group.Letters, x => Assert.Equal((4, true, group.Key), (x.Attempts, x.Replayable, x.Group)));

        _town.Faults.Fails = (_, _) => false;
        await ActAsync((desk, letter) => desk.Replay(letter));
        await _town.AssertEffectsAsync("beta-ping", [1, 2]);
        await _town.AssertEffectsAsync("alpha-pong", [1, 2]);
        Assert.Equal([1, 2], (await _town.EffectsAsync("gamma-ping")).Select(x => x.N).Order());
        Assert.Equal(0, await DeadLettersAsync("beta-ping_error"));
    }

    [Fact]
    public async Task A_discarded_dead_letter_never_comes_again()
    {
        _town.Faults.Fails = (by, _) => by == "beta-poison";
        await _town.StartAsync();
        await _town.PublishAsync(new Poison(1));
        await UseUpAsync("beta-poison");
        _town.Faults.Fails = (_, _) => false;
        await ActAsync((desk, letter) => desk.Discard(letter));
        _town.Clock.Advance(TimeSpan.FromDays(1));
        await _town.QuietAsync();
        Assert.Empty(await _town.EffectsAsync("beta-poison"));
        Assert.Equal(0, await DeadLettersAsync("beta-poison_error"));
    }

    [Fact]
    public async Task A_dead_letter_that_had_its_effect_after_all_is_replayed_without_a_second_one()
    {
        await _town.StartAsync();
        OutboxRow? row = null;
        await _town.TransactAsync<AlphaDb>(async (db, outbox) =>
        {
            await outbox.PublishAsync(new Ping(5), Ct);
            row = db.ChangeTracker.Entries<OutboxRow>().Single().Entity;
        });
        await _town.AssertEffectsAsync("beta-ping", [5]);
        await _town.TransactAsync<BetaDb>((db, _) =>
        {
            db.Add(new DeadLetterRow { Queue = "beta-ping_error", MessageId = row!.MessageId, ContentType = row.ContentType, MessageTypes = row.MessageTypes, Body = row.Body, At = _town.Clock.GetUtcNow() });
            return Task.CompletedTask;
        });
        await ActAsync((desk, letter) => desk.Replay(letter));
        await _town.PublishAsync(new Ping(6));
        await _town.AssertEffectsAsync("beta-ping", [5, 6]);
    }

    [Fact]
    public async Task A_failed_message_waits_for_a_database_that_is_away_and_is_no_dead_letter()
    {
        var attempts = 0;
        _town.Faults.Fails = (by, _) => by == "beta-flaky" && Interlocked.Increment(ref attempts) > 0;
        await _town.StartAsync();
        await SqlAsync("alter table outbox rename to away");
        await SqlAsync("alter table dead_letters rename to away_too");
        await _town.PublishAsync(new Flaky(1));
        await _town.EventuallyAsync(() => Task.FromResult(attempts >= 4), "tried at once, as often as is usual");
        await _town.PublishAsync(new Numbered(1));
        await _town.EffectsReachAsync("gamma-numbered", 1);
        await SqlAsync("alter table away_too rename to dead_letters");
        await SqlAsync("alter table away rename to outbox");
        await _town.EventuallyAsync(() => _town.ReadAsync<BetaDb, bool>(db => db.Outbox.AnyAsync(x => x.DueAt > OutboxRow.AtOnce, Ct)), "put off");
        await _town.QuietAsync();
        _town.Faults.Fails = (_, _) => false;
        _town.Clock.Advance(TimeSpan.FromSeconds(1));
        await _town.AssertEffectsAsync("beta-flaky", [1]);
        Assert.Equal(0, await _town.ReadAsync<BetaDb, int>(db => db.DeadLetters.CountAsync(Ct)));
    }

    [Fact]
    public async Task A_consumer_that_throws_five_times_ends_right()
    {
        var attempts = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();
        _town.Faults.Fails = (by, n) => by == "beta-flaky" && attempts.AddOrUpdate(n, 1, (_, x) => x + 1) <= 5;
        await _town.StartAsync();
        await _town.PublishAsync([.. Enumerable.Range(0, 10).Select(n => new Flaky(n))]);
        await _town.EventuallyAsync(() => _town.ReadAsync<BetaDb, bool>(async db => await db.Outbox.CountAsync(Ct) == 10), "put off");
        await _town.QuietAsync();
        _town.Clock.Advance(TimeSpan.FromSeconds(1));
        await _town.AssertEffectsAsync("beta-flaky", Enumerable.Range(0, 10));
        Assert.All(attempts.Values, x => Assert.True(x >= 6));
    }

    [Fact]
    public async Task A_consumer_that_throws_four_times_in_five_loses_nothing_and_does_nothing_twice()
    {
        var calls = 0;
        _town.Faults.Fails = (by, _) => by == "beta-flaky" && Interlocked.Increment(ref calls) % 5 != 0;
        await _town.StartAsync();
        await _town.PublishAsync([.. Enumerable.Range(0, 40).Select(n => new Flaky(n)), new Ping(1)]);
        await _town.AssertEffectsAsync("gamma-ping", [1]);
        await _town.EventuallyAsync(async () =>
        {
            // Whoever had bad luck five times is sent again by hand.
            await ActAsync((desk, letter) => desk.Replay(letter));
            _town.Clock.Advance(TimeSpan.FromSeconds(1));
            return (await _town.EffectsAsync("beta-flaky")).Count >= 40;
        }, "40 effects");
        await _town.AssertEffectsAsync("beta-flaky", Enumerable.Range(0, 40));
    }

    [Fact]
    public async Task A_second_delivery_has_no_second_effect()
    {
        await _town.StartAsync();
        OutboxRow? row = null;
        await _town.TransactAsync<AlphaDb>(async (db, outbox) =>
        {
            await outbox.PublishAsync(new Ping(5), Ct);
            row = db.ChangeTracker.Entries<OutboxRow>().Single().Entity;
        });
        await _town.AssertEffectsAsync("beta-ping", [5]);
        await _town.TransactAsync<AlphaDb>((db, _) =>
        {
            row!.Id = 0;
            db.Add(row);
            return Task.CompletedTask;
        });
        await _town.PublishAsync(new Ping(6));
        await _town.AssertEffectsAsync("beta-ping", [5, 6]);
        await _town.AssertEffectsAsync("alpha-pong", [5, 6]);
    }

    [Fact]
    public async Task A_saga_schedules_and_its_timeout_comes_when_due()
    {
        await _town.StartAsync();
        var (late, early) = (Guid.NewGuid(), Guid.NewGuid());
        await _town.PublishAsync(new OpenJob(late), new OpenJob(early));
        await JobReachesAsync(late, "Running");
        await JobReachesAsync(early, "Running");
        await _town.PublishAsync(new CloseJob(early));
        await JobReachesAsync(early, "Done");
        await _town.QuietAsync();
        // Unscheduled means gone, not ignored on arrival.
        Assert.Equal(1, await _town.ReadAsync<AlphaDb, int>(db => db.Outbox.CountAsync(Ct)));
        _town.Clock.Advance(TimeSpan.FromMinutes(9));
        await _town.QuietAsync();
        Assert.Equal("Running", (await _town.JobAsync(late))!.CurrentState);
        _town.Clock.Advance(TimeSpan.FromMinutes(2));
        await JobReachesAsync(late, "TimedOut");
        Assert.Equal("Done", (await _town.JobAsync(early))!.CurrentState);
    }

    [Fact]
    public async Task A_saga_takes_twenty_concurrent_events_per_instance()
    {
        await _town.StartAsync();
        var jobs = Enumerable.Range(0, 5).Select(_ => Guid.NewGuid()).ToList();
        await Task.WhenAll(jobs.SelectMany(job => Enumerable.Range(0, 20).Select(n => _town.PublishAsync(new StepJob(job, n)))));
        foreach (var job in jobs) await _town.EventuallyAsync(async () => (await _town.JobAsync(job))?.Steps == 20, "20 steps");
        await _town.PublishAsync([.. jobs.Select(job => new CloseJob(job))]);
        foreach (var job in jobs) await JobReachesAsync(job, "Done");
        await _town.AssertEffectsAsync("alpha-pong", jobs.Select(_ => 20));
        Assert.Equal(0, await _town.ReadAsync<AlphaDb, int>(db => db.DeadLetters.CountAsync(Ct)));
    }

    [Fact]
    public async Task A_due_message_waits_for_the_clock_and_a_cancelled_one_never_comes()
    {
        await _town.StartAsync();
        var token = Guid.Empty;
        await _town.TransactAsync<AlphaDb>(async (_, outbox) =>
        {
            await outbox.ScheduleAsync(new Numbered(1), _town.Clock.GetUtcNow().AddDays(3), Ct);
            token = await outbox.ScheduleAsync(new Numbered(2), _town.Clock.GetUtcNow().AddDays(2), Ct);
            await outbox.ScheduleAsync(new Numbered(3), _town.Clock.GetUtcNow().AddHours(1), Ct);
        });
        await _town.TransactAsync<AlphaDb>((_, outbox) => outbox.CancelAsync(token, Ct));
        await _town.QuietAsync();
        Assert.Empty(await _town.EffectsAsync("gamma-numbered"));
        _town.Clock.Advance(TimeSpan.FromHours(1));
        await _town.AssertEffectsAsync("gamma-numbered", [3]);
        _town.Clock.Advance(TimeSpan.FromDays(3));
        await _town.AssertEffectsAsync("gamma-numbered", [3, 1]);
    }

    [Fact]
    public async Task A_restart_loses_nothing_committed()
    {
        await _town.StartAsync();
        // Committed while nobody could relay or consume: only the rows know.
        _town.Faults.Fails = (by, _) => by == "beta-ping";
        await _town.PublishAsync([.. Enumerable.Range(0, 50).Select(n => new Ping(n))]);
        await _town.StopAsync();
        _town.Faults.Fails = (_, _) => false;
        await _town.StartAsync();
        _town.Clock.Advance(TimeSpan.FromSeconds(1));
        await _town.AssertEffectsAsync("beta-ping", Enumerable.Range(0, 50));
        await _town.AssertEffectsAsync("gamma-ping", Enumerable.Range(0, 50));
        await _town.AssertEffectsAsync("alpha-pong", Enumerable.Range(0, 50));
    }

    [Fact]
    public async Task An_endpoint_keeps_the_order_of_one_publisher()
    {
        Assert.SkipUnless(transport == BusTransport.InProcess, "RabbitMQ: publishes go out in parallel, consumers compare versions");
        await _town.StartAsync();
        for (var n = 0; n < 300; n += 3) await _town.PublishAsync(new Numbered(n), new Numbered(n + 1), new Numbered(n + 2));
        await _town.EffectsReachAsync("gamma-numbered", 300);
        Assert.Equal(Enumerable.Range(0, 300), (await _town.EffectsAsync("gamma-numbered")).Select(x => x.N));
    }

    [Fact]
    public async Task Health_tells_what_waits_and_what_was_given_up()
    {
        _town.Faults.Fails = (by, _) => by == "beta-flaky";
        await _town.StartAsync();
        await _town.PublishAsync(new Flaky(1));
        await _town.EventuallyAsync(() => _town.ReadAsync<BetaDb, bool>(db => db.Outbox.AnyAsync(Ct)), "put off");
        await _town.QuietAsync();
        var health = await _town.Services.GetRequiredService<IMessagingHealth>().ReadAsync(Ct);
        Assert.Equal(["alpha", "beta", "gamma"], health.Select(x => x.Module));
        Assert.All(health, x => Assert.Equal((null, 0, 0), (x.OldestDueAge, x.Outbox, x.DeadLetters)));
    }

    [Fact]
    public async Task What_waits_before_an_endpoint_is_counted()
    {
        const int sent = 200;
        using var gate = new ManualResetEventSlim();
        _town.Faults.Fails = (by, _) =>
        {
            if (by == "beta-ping") gate.Wait(Ct);
            return false;
        };
        await _town.StartAsync();
        var health = _town.Services.GetRequiredService<IMessagingHealth>();
        async Task<long> WaitingAsync() => (await health.BacklogAsync(typeof(BetaDb), Ct))!.Single(b => b.Endpoint == "beta-ping").Waiting;
        try
        {
            Assert.Equal(0, await WaitingAsync());
            await _town.PublishAsync([.. Enumerable.Range(0, sent).Select(n => new Ping(n))]);
            // What the endpoint has taken already does not wait before it.
            await _town.EventuallyAsync(async () => await WaitingAsync() is >= sent / 2 and < sent, "they wait");
            Assert.DoesNotContain(await health.BacklogAsync(typeof(GammaDb), Ct) ?? [], b => b.Endpoint == "beta-ping");
        }
        finally { gate.Set(); }
        await _town.AssertEffectsAsync("beta-ping", Enumerable.Range(0, sent));
        await _town.EventuallyAsync(async () => await WaitingAsync() == 0, "none waits");
        if (transport == BusTransport.RabbitMq) Assert.Equal(1, (await health.BacklogAsync(typeof(BetaDb), Ct))!.Single(b => b.Endpoint == "beta-ping").Consumers);
    }

    [Fact]
    public async Task A_trace_goes_on_in_consumers_in_what_they_publish_and_after_a_pause()
    {
        using var spans = new RecordedSpans();
        await _town.StartAsync();
        using (var request = spans.Begin("request"))
        {
            await _town.PublishAsync(new Ping(1));
            await _town.TransactAsync<AlphaDb>((_, outbox) => outbox.ScheduleAsync(new Numbered(2), _town.Clock.GetUtcNow().AddHours(1), Ct));
        }
        await _town.AssertEffectsAsync("alpha-pong", [1]);
        await _town.AssertEffectsAsync("gamma-ping", [1]);
        _town.Clock.Advance(TimeSpan.FromHours(1));
        await _town.AssertEffectsAsync("gamma-numbered", [2]);
        foreach (var endpoint in new[] { "beta-ping", "gamma-ping", "alpha-pong", "gamma-numbered" })
            await _town.EventuallyAsync(() => Task.FromResult(spans.OfTheTrace.Any(s => s.OperationName.Contains(endpoint, StringComparison.Ordinal))), $"a span of {endpoint} in the trace");
        await _town.EventuallyAsync(() => Task.FromResult(spans.Orphans.Count == 0), $"one tree, without {string.Join(", ", spans.Orphans)}");
    }

    [Fact]
    public async Task A_span_that_nobody_records_leaves_nothing_in_rows()
    {
        await _town.StartAsync();
        using var unrecorded = new System.Diagnostics.Activity("request").Start();
        await _town.TransactAsync<AlphaDb>(async (db, outbox) =>
        {
            await outbox.PublishAsync(new Ping(1), Ct);
            Assert.Null(db.ChangeTracker.Entries<OutboxRow>().Single().Entity.TraceContext);
        });
    }

    Task<int> DeadLettersAsync(string queue) => _town.ReadAsync<BetaDb, int>(db => db.DeadLetters.CountAsync(x => x.Queue == queue, Ct));

    Task SqlAsync(string sql) => _town.ReadAsync<BetaDb, int>(db => db.Database.ExecuteSqlRawAsync(sql, Ct));

    /// <summary>Moves the clock past every put-off delivery of an endpoint of beta until it gives up on so many messages.</summary>
    async Task UseUpAsync(string endpoint, int messages = 1)
    {
        foreach (var seconds in new[] { 1, 5, 30, 120 })
        {
            await _town.EventuallyAsync(() => _town.ReadAsync<BetaDb, bool>(async db => await db.Outbox.CountAsync(x => x.DueAt > _town.Clock.GetUtcNow(), Ct) == messages), "put off");
            await _town.QuietAsync();
            _town.Clock.Advance(TimeSpan.FromSeconds(seconds));
        }
        await _town.EventuallyAsync(async () => await DeadLettersAsync(endpoint + "_error") == messages, "given up on");
    }

    Task<T> DeskAsync<T>(Func<DeadLetterDesk<BetaDb>, Task<T>> use) => _town.ReadAsync(use);

    /// <summary>Does it to every dead letter of beta.</summary>
    async Task ActAsync(Action<DeadLetterDesk<BetaDb>, DeadLetterRow> act)
    {
        await using var scope = _town.Services.CreateAsyncScope();
        var (db, desk) = (scope.ServiceProvider.GetRequiredService<BetaDb>(), scope.ServiceProvider.GetRequiredService<DeadLetterDesk<BetaDb>>());
        await db.TransactAsync(async ct => (await db.DeadLetters.ToListAsync(ct)).ForEach(letter => act(desk, letter)), Ct);
    }

    Task JobReachesAsync(Guid id, string state) => _town.EventuallyAsync(async () => (await _town.JobAsync(id))?.CurrentState == state, $"job {state}");
}

public sealed class InProcessOnSqlite() : MessagingCompliance(BusTransport.InProcess, DatabaseProvider.Sqlite);
public sealed class InProcessOnPostgres() : MessagingCompliance(BusTransport.InProcess, DatabaseProvider.Postgres);
public sealed class RabbitMqOnSqlite() : MessagingCompliance(BusTransport.RabbitMq, DatabaseProvider.Sqlite);
public sealed class RabbitMqOnPostgres() : MessagingCompliance(BusTransport.RabbitMq, DatabaseProvider.Postgres);
