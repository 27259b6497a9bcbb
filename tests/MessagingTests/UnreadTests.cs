using ClaudeManage.Contracts.Http;
using ClaudeManage.CrashHost;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.MessagingTests;

/// <summary>What lies in an endpoint's queue on the broker and is not for it.</summary>
public sealed class UnreadTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseProvider.Sqlite)]
    [InlineData(DatabaseProvider.Postgres)]
    public async Task What_no_consumer_can_read_is_a_dead_letter_too_and_blocks_nobody(DatabaseProvider database)
    {
        await using var town = await Town.CreateAsync(BusTransport.RabbitMq, database);
        await town.StartAsync();
        var broker = town.Settings["ConnectionStrings:rabbitmq"]!;
        await RabbitQueues.SendAsync(broker, "beta-ping", "no JSON at all \u0000 \ud83d");
        await RabbitQueues.SendAsync(broker, "beta-ping", """{"messageId":"11111111-1111-1111-1111-111111111111","messageType":["urn:message:Future:Message"],"message":{"workItemId":"sh-x7k2m"}}""");
        await RabbitQueues.SendAsync(broker, "beta-ping", """{"messageId":"22222222-2222-2222-2222-222222222222","messageType":["urn:message:ClaudeManage.CrashHost:Ping"],"message":{"n":"not a number"}}""");
        await town.PublishAsync(new Ping(1));
        await town.AssertEffectsAsync("beta-ping", [1]);
        await town.EventuallyAsync(() => town.ReadAsync<BetaDb, bool>(async db => await db.DeadLetters.CountAsync(Ct) == 3), "three dead letters");

        var list = await town.ReadAsync<DeadLetterDesk<BetaDb>, DeadLetterList>(desk => desk.ListAsync("beta", Ct));
        var letters = list.Groups.SelectMany(g => g.Letters).OrderBy(x => x.Id).ToList();
        Assert.Equal([null, "Message", "Ping"], letters.Select(x => x.MessageType).Order(StringComparer.Ordinal));
        Assert.False(letters.Single(x => x.MessageType is null).Replayable);
        Assert.Equal("sh-x7k2m", letters.Single(x => x.MessageType == "Message").WorkItemId);
        Assert.Contains("No consumer", letters.Single(x => x.MessageType == "Message").Cause);
        Assert.True(letters.Single(x => x.MessageType == "Ping").Replayable);
        Assert.False(await RabbitQueues.ExistsAsync(broker, "beta-ping_error"));
        Assert.False(await RabbitQueues.ExistsAsync(broker, "beta-ping_skipped"));
    }
}
