using System.Net.Http.Headers;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.WorkTests;

public sealed class TrailTests : WorkHost
{
    [Fact]
    public async Task The_trail_is_a_chain_read_in_order_by_filters_and_pages()
    {
        var item = await CreateAsync("t");
        await CloseAsync(item.Id);
        var all = await EventsAsync();
        Assert.Equal([1, 2, 3, 4], all.Select(e => (int)e.Sequence));
        Assert.Equal(["rig.registered", "work-item.created", "work-item.ready", "work-item.closed"], all.Select(e => e.EventType));
        Assert.Equal(new string('0', 64), all[0].PrevHash);
        Assert.All(all.Zip(all.Skip(1)), pair => Assert.Equal(pair.First.Hash, pair.Second.PrevHash));
        Assert.Equal("t", all[1].Payload.GetProperty("item").GetProperty("title").GetString());
        Assert.Equal(["work-item.closed"], (await EventsAsync("&type=work-item.cl*,agent.*")).Select(e => e.EventType));
        Assert.Equal(4, (await EventsAsync("&rig=shop&actor=overseer&after=0")).Count);
        Assert.Empty(await EventsAsync("&actor=mayor"));
        var page = await SendAsync<Page<TrailEntry>>(HttpMethod.Get, "/events?limit=3", null);
        Assert.Equal("3", page.Next);
        Assert.Equal([4], (await SendAsync<Page<TrailEntry>>(HttpMethod.Get, "/events?limit=3&after=3", null)).Items.Select(e => (int)e.Sequence));
        Assert.Equal(3, (await SendAsync<Page<TrailEntry>>(HttpMethod.Get, $"/work-items/{item.Id}/events", null)).Items.Count);
        await RefusedAsync(HttpMethod.Get, "/events?type=x;drop", null, 400, "invalid");
        await RefusedAsync(HttpMethod.Get, "/events?after=-1", null, 400, "invalid");
        await RefusedAsync(HttpMethod.Get, "/events?after=soon", null, 400, "invalid");
        var now = await SendAsync<Page<TrailEntry>>(HttpMethod.Get, "/events?after=latest", null);
        Assert.Equal((0, "4"), (now.Items.Count, now.Next));
        await RefusedAsync(HttpMethod.Get, "/work-items/sh-nobody/events", null, 404, "not-found");
    }

    [Fact]
    public async Task An_event_published_twice_is_recorded_once()
    {
        var fact = new WorkItemCommented(Samples.Event(WorkItemCommented.Type), Guid.NewGuid(), "overseer", "x");
        await Host.PublishAsync(fact, Ct);
        await Host.PublishAsync(fact, Ct);
        Assert.Single(await EventsAsync("&type=work-item.commented"));
    }

    [Fact]
    public async Task The_database_refuses_to_change_or_delete_what_was_recorded()
    {
        await EventsAsync();
        foreach (var sql in new[] { "update run_events set actor = 'mayor'", "delete from run_events" })
            Assert.Contains("append-only", (await Assert.ThrowsAnyAsync<Exception>(() => SqlAsync(sql))).Message);
        Assert.True((await VerifyAsync()).Ok);
    }

    [Theory]
    [InlineData("update run_events set payload = replace(payload, 'created', 'creates') where sequence = 2", 2, "content")]
    [InlineData("update run_events set emitted_at = emitted_at + 1 where sequence = 3", 3, "content")]
    [InlineData("delete from run_events where sequence = 2", 2, "missing")]
    [InlineData("delete from run_events where sequence = 4", 4, "missing")]
    [InlineData("update run_events set hash = 'x' where sequence = 2", 2, "content")]
    [InlineData("update run_events set prev_hash = 'x' where sequence = 3", 3, "follow")]
    [InlineData("insert into run_events select 9, '00000000-0000-0000-0000-000000000009', event_type, actor, work_item_id, item_version, rig_id, workflow_instance_id, convoy_id, payload, emitted_at, recorded_at, prev_hash, hash from run_events where sequence = 4", 5, "after the end")]
    public async Task A_changed_or_missing_row_is_found(string tampering, long where, string what)
    {
        await CloseAsync((await CreateAsync("t")).Id);
        await EventsAsync();
        Assert.Equal((true, 4, 4), await VerifyAsync() is var good ? (good.Ok, (int)good.Checked, (int)good.HeadSequence) : default);
        await SqlAsync("drop trigger run_events_no_update; drop trigger run_events_no_delete;");
        await SqlAsync(tampering);
        var bad = await VerifyAsync();
        Assert.False(bad.Ok);
        Assert.Equal(where, bad.Problem!.Sequence);
        Assert.Contains(what, bad.Problem.What);
    }

    [Theory]
    [InlineData("update work_items set title = 'other' where id = '{0}'", "differs")]
    [InlineData("delete from work_items where id = '{0}'", "missing")]
    [InlineData("update work_items set open_blockers = 1 where id = '{0}'", "readiness")]
    [InlineData("update work_items set id = 'sh-forged' where id = '{0}'", "extra")]
    public async Task Replay_finds_what_the_trail_does_not_say(string tampering, string kind)
    {
        var item = await CreateAsync("t");
        await CreateAsync("other");
        await AssertReplaysAsync();
        await SqlAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, tampering, item.Id));
        var result = await ReplayAsync();
        Assert.Contains(result.Differences, d => d.Kind == kind);
        Assert.Equal(5, result.Events);
    }

    [Fact]
    public async Task The_stream_is_live_and_goes_on_where_the_reader_was()
    {
        await EventsAsync();
        using var live = await StreamAsync("/events?type=work-item.*", null);
        var item = await CreateAsync("t");
        var (id, type, data) = await live.NextAsync(Ct);
        Assert.Equal(("2", "work-item.created", item.Id), (id, type, data.GetProperty("workItemId").GetString()));
        Assert.Equal("3", (await live.NextAsync(Ct)).Id);

        using var resumed = await StreamAsync("/events", "1");
        Assert.Equal("2", (await resumed.NextAsync(Ct)).Id);
        await CloseAsync(item.Id);
        Assert.Equal("3", (await resumed.NextAsync(Ct)).Id);
        Assert.Equal("work-item.closed", (await resumed.NextAsync(Ct)).Type);
        Assert.Equal("work-item.closed", (await live.NextAsync(Ct)).Type);
        Clock.Advance(TimeSpan.FromSeconds(16));
        await Tests.Servers.Eventually.TrueAsync(() => { Clock.Advance(TimeSpan.FromSeconds(16)); return live.Commented; }, TimeSpan.FromSeconds(60), "a sign of life", Ct);
    }

    Task<TrailVerification> VerifyAsync() => SendAsync<TrailVerification>(HttpMethod.Get, "/events/verify", null);

    async Task<Stream> StreamAsync(string path, string? lastEventId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        return new Stream(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(Ct)), Ct);
    }

    sealed class Stream : IDisposable
    {
        readonly HttpResponseMessage _answer;
        readonly System.Threading.Channels.Channel<(string, string, JsonElement)> _events = System.Threading.Channels.Channel.CreateUnbounded<(string, string, JsonElement)>();

        public Stream(HttpResponseMessage answer, StreamReader reader, CancellationToken ct)
        {
            _answer = answer;
            _ = ReadAsync(reader, ct);
        }

        public bool Commented { get; private set; }

        public async Task<(string Id, string Type, JsonElement Data)> NextAsync(CancellationToken ct) => await _events.Reader.ReadAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(60), ct);

        async Task ReadAsync(StreamReader reader, CancellationToken ct)
        {
            try
            {
                var (id, type) = ("", "");
                while (await reader.ReadLineAsync(ct) is { } line)
                {
                    if (line.StartsWith("id: ")) id = line[4..];
                    if (line.StartsWith("event: ")) type = line[7..];
                    if (line.StartsWith("data: ")) _events.Writer.TryWrite((id, type, JsonElement.Parse(line[6..])));
                    if (line.StartsWith(':')) Commented = true;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException) { }
        }

        public void Dispose() => _answer.Dispose();
    }
}
