using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.CliTests;

public sealed class EventStreamTests
{
    readonly FakeTown _town = new();

    [Fact]
    public async Task A_broken_stream_goes_on_behind_the_last_event_and_nothing_comes_twice()
    {
        var connections = 0;
        _town.On("GET", "/events", asked => ++connections switch
        {
            1 => Stream(Entry(1), Entry(2), "id: 3\nevent: x\ndata: {\"cut off"),
            2 => throw new HttpRequestException("Connection refused"),
            _ => Stream(Entry(3), Entry(4)),
        });
        using var client = new TownClient(new Uri("http://town.test"), null, _town);
        var seen = new List<long>();
        await foreach (var entry in client.FollowEventsAsync(0, ct: TestContext.Current.CancellationToken))
        {
            seen.Add(entry.Sequence);
            if (entry.Sequence == 4) break;
        }
        Assert.Equal([1, 2, 3, 4], seen);
        Assert.Equal([null, "2", "2"], _town.Requests.Select(r => r.LastEventId));
        Assert.Equal("?after=0", _town.Requests.First().Query);
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again()
    {
        _town.Refuse("GET", "/events", 403, "forbidden", "No.");
        using var client = new TownClient(new Uri("http://town.test"), null, _town);
        await Assert.ThrowsAsync<TownProblemException>(async () =>
        {
            await foreach (var _ in client.FollowEventsAsync(0, ct: TestContext.Current.CancellationToken)) { }
        });
        Assert.Single(_town.Requests);
    }

    [Fact]
    public async Task Patience_has_an_end()
    {
        _town.Gone = true;
        var clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMinutes(1) };
        using var client = new TownClient(new Uri("http://town.test"), null, _town, clock);
        await Assert.ThrowsAsync<TownUnreachableException>(async () =>
        {
            await foreach (var _ in client.FollowEventsAsync(0, patience: TimeSpan.FromSeconds(30), ct: TestContext.Current.CancellationToken)) { }
        });
    }

    [Fact]
    public async Task Output_is_read_to_its_end()
    {
        var id = Guid.NewGuid();
        _town.On("GET", $"/sessions/{id}/output", _ => Stream("id: 5\nevent: output\ndata: {\"offset\":0,\"text\":\"hello\"}\n\n", "id: 5\nevent: end\ndata: {}\n\n"));
        using var client = new TownClient(new Uri("http://town.test"), null, _town);
        var text = "";
        await foreach (var piece in client.FollowOutputAsync(id, ct: TestContext.Current.CancellationToken)) text += piece.Text;
        Assert.Equal("hello", text);
        Assert.Single(_town.Requests);
    }

    static string Entry(long sequence)
    {
        var entry = new TrailEntry(Guid.NewGuid(), sequence, "overseer", null, null, null, null, "work-item.created", JsonElement.Parse("{}"), Sample.Noon, Sample.Noon, "", "");
        return $"id: {sequence}\nevent: work-item.created\ndata: {JsonSerializer.Serialize(entry, ClientJson.Options)}\n\n";
    }

    static HttpResponseMessage Stream(params string[] parts) => FakeTown.Text(string.Concat(parts), "text/event-stream");
}
