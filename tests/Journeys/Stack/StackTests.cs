using ClaudeManage.Cli.Stack;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Git;
using ClaudeManage.Journeys.Telemetry;
using ClaudeManage.Tests.Servers;
using Npgsql;
using RabbitMQ.Client;

namespace ClaudeManage.Journeys.Stack;

/// <summary>The town as processes: two replicas of everything, two nodes, on PostgreSQL and RabbitMQ.</summary>
[Collection(OnTheStack.Name)]
public class StackTests(TestStack stack)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_items_two_nodes_an_agent_dies_then_every_process_and_the_convoy_still_lands()
    {
        TestStack.Require();
        using var story = new ConvoyStory();
        var sessions = await story.PlayAsync(stack, "yard", "ya");
        Assert.Equal(2, sessions.Select(s => s.NodeId).Distinct().Count());
        await Eventually.TrueAsync(() => sessions.All(s => ProcessGroup.FindByMark(ProcessMark.SessionVariable, s.Id.ToString()).Count == 0), TimeSpan.FromSeconds(30), "no agent is left", Ct);
    }

    [Fact]
    public async Task One_trace_runs_through_all_processes_from_the_request_that_created_an_item_to_the_commit_that_landed_it()
    {
        TestStack.Require();
        stack.Collector.ForgetSpans();
        using var story = new TraceStory();
        var trace = await story.PlayAsync(stack, stack.Collector, "mill", "mi");
        Assert.Equal("gateway", trace.Single(s => s.ParentId is null).Service);
        // Each step in the process that it belongs to.
        foreach (var (scope, name) in ItemTrace.Landed)
            Assert.All(trace.Where(s => s.Scope == scope && s.Name == name), s => Assert.Equal(scope, $"ClaudeManage.{StackServices.Project(s.Service)}"));
    }

    [Fact]
    public async Task An_event_reaches_a_stream_of_the_other_replica_within_a_second_or_two()
    {
        TestStack.Require();
        var (one, other) = (Of("work-1"), Of("work-2"));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        // Both at once: whichever of them writes the trail, the other one hears of it only from the database.
        var streams = new[] { one, other }.Select(async client =>
        {
            await foreach (var entry in client.FollowEventsAsync(0, ct: limit.Token))
                if (entry.EventType == "rig.registered" && entry.RigId == "stream") return Stopwatch();
            return TimeSpan.MaxValue;
        }).ToList();
        await one.CreateRig(new CreateRig("stream", "st")).SendAsync(Ct);
        var seen = await Task.WhenAll(streams);
        Assert.True((seen[0] - seen[1]).Duration() < TimeSpan.FromSeconds(3), $"seen {(seen[0] - seen[1]).Duration()} apart");
    }

    static TimeSpan Stopwatch() => TimeSpan.FromTicks(Environment.TickCount64 * TimeSpan.TicksPerMillisecond);

    TownClient Of(string process) => new(stack.Processes.Single(p => p.Name == process).Address, stack.OverseerToken);

    [Fact]
    public async Task A_services_role_reaches_no_other_database()
    {
        TestStack.Require();
        var secrets = stack.Directory.ReadSecrets()!;
        var databases = new StackDatabases(await stack.PostgresAsync(), secrets.Prefix);
        Assert.Equal(databases.Name("convoy"), await ScalarAsync(databases.ConnectionString("convoy", secrets.Passwords["convoy"], 1), "select current_user::text"));
        var elsewhere = new NpgsqlConnectionStringBuilder(databases.ConnectionString("convoy", secrets.Passwords["convoy"], 1)) { Database = databases.Name("hook") }.ConnectionString;
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(elsewhere, "select 1"))).SqlState);
    }

    [Fact]
    public async Task A_services_user_reaches_no_queue_of_another_and_publishes_no_event_of_another()
    {
        TestStack.Require();
        var secrets = stack.Directory.ReadSecrets()!;
        var uri = new UriBuilder(await stack.RabbitMqAsync()) { UserName = $"{secrets.Prefix}_convoy", Password = secrets.Passwords["convoy"], Path = "/" + secrets.Prefix }.Uri;
        await using var connection = await new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(Ct);

        await AllowedAsync(channel => channel.QueueDeclarePassiveAsync("convoy-convoy-row", Ct));
        await AllowedAsync(channel => channel.QueueBindAsync("convoy-work-item-facts", "ClaudeManage.Contracts.Work:WorkItemClosed", "", cancellationToken: Ct));
        await RefusedAsync(channel => channel.BasicGetAsync("hook-work-item-facts", false, Ct));
        await RefusedAsync(channel => channel.QueuePurgeAsync("hook-work-item-facts", Ct));
        await RefusedAsync(channel => channel.QueueDeleteAsync("hook-work-item-facts", false, false, cancellationToken: Ct));
        await RefusedAsync(channel => channel.QueueBindAsync("hook-work-item-facts", "ClaudeManage.Contracts.Convoy:ConvoyLanded", "", cancellationToken: Ct));
        await RefusedAsync(channel => PublishAsync(channel, "ClaudeManage.Contracts.Hook:LeaseGranted"));
        await RefusedAsync(channel => PublishAsync(channel, "hook-work-item-facts"));

        async Task AllowedAsync(Func<IChannel, Task> act)
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: Ct);
            await act(channel);
        }

        async Task RefusedAsync(Func<IChannel, Task> act)
        {
            await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Ct);
            var refusal = await Assert.ThrowsAnyAsync<Exception>(() => act(channel));
            Assert.Contains("ACCESS_REFUSED", refusal.ToString());
        }

        async Task PublishAsync(IChannel channel, string exchange) => await channel.BasicPublishAsync(exchange, "", false, "{}"u8.ToArray(), Ct);
    }

    [Fact]
    public async Task Every_service_is_told_by_the_broker_how_many_messages_wait_before_it()
    {
        TestStack.Require();
        var secrets = stack.Directory.ReadSecrets()!;
        var health = new StackDatabases(await stack.PostgresAsync(), secrets.Prefix).ConnectionString("health", secrets.Passwords["health"], 1);
        // As their pulses say; a service whose user may not ask, or whose broker was away just then, says nothing.
        const string asked = "select string_agg(distinct service, ' ' order by service) from pulses where jsonb_array_length(nullif(pulse::jsonb -> 'vitals' -> 'backlog', 'null')) > 0";
        var services = string.Join(' ', StackServices.OnBroker.Order(StringComparer.Ordinal));
        await Eventually.TrueAsync(async () => await ScalarAsync(health, asked) is string said && (said == services ? true : throw new InvalidOperationException($"only {said}")), TimeSpan.FromSeconds(90), "every service knows its queues", Ct);
    }

    static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Ct);
    }
}
