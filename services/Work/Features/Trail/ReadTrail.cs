using System.Globalization;
using System.Text.Json;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Work.Features.Trail;

/// <summary>
/// <c>GET /events</c> and <c>GET /work-items/{id}/events</c>: pages of the trail, or, asked for <c>text/event-stream</c>, the same
/// live and without end, resumable with <c>Last-Event-ID</c>. <c>next</c> and <c>after</c> are sequences.
/// </summary>
static class ReadTrail
{
    const int StreamPage = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/events", HandleAsync).WithSummary("The trail; live with Accept: text/event-stream");
        routes.MapGet("/work-items/{id}/events", OfItemAsync).WithSummary("The trail of one work item");
    }

    static Task<Results<Ok<Page<TrailEntry>>, EmptyHttpResult>> HandleAsync([AsParameters] TrailFilter filter, Caller caller, HttpContext http, IServiceProvider services, CancellationToken ct) =>
        AnswerAsync(filter, caller, http, services, ct);

    static async Task<Results<Ok<Page<TrailEntry>>, EmptyHttpResult>> OfItemAsync(
        string id, string? after, int? limit, Caller caller, HttpContext http, IServiceProvider services, Ledger ledger, CancellationToken ct)
    {
        await ledger.GetAsync(id, ct, trashed: true);
        return await AnswerAsync(new TrailFilter { WorkItem = id, After = after, Limit = limit }, caller, http, services, ct);
    }

    static async Task<Results<Ok<Page<TrailEntry>>, EmptyHttpResult>> AnswerAsync(TrailFilter filter, Caller caller, HttpContext http, IServiceProvider services, CancellationToken ct)
    {
        if (!http.Request.WantsEventStream()) return TypedResults.Ok(await PageAsync(filter, caller, http, services.GetRequiredService<WorkDbContext>(), ct));
        await StreamAsync(filter, caller, http, services, ct);
        return TypedResults.Empty;
    }

    static async Task<Page<TrailEntry>> PageAsync(TrailFilter filter, Caller caller, HttpContext http, WorkDbContext db, CancellationToken ct)
    {
        var limit = Paging.Limit(filter.Limit);
        if (filter.After == TrailFilter.Latest) return Continued([], await HeadAsync(db, ct), http);
        var after = filter.Sequence ?? 0;
        var rows = await filter.Apply(db, caller).Where(r => r.Sequence > after).Take(limit + 1).ToListAsync(ct);
        var entries = rows.Take(limit).Select(TrailFilter.Entry).ToList();
        return rows.Count <= limit ? new Page<TrailEntry>(entries, null) : Continued(entries, entries[^1].Sequence, http);
    }

    static Page<TrailEntry> Continued(IReadOnlyList<TrailEntry> entries, long after, HttpContext http)
    {
        var next = after.ToString(CultureInfo.InvariantCulture);
        var query = http.Request.Query.Where(q => q.Key != "after").SelectMany(q => q.Value.Select(v => KeyValuePair.Create(q.Key, v))).Append(KeyValuePair.Create("after", (string?)next));
        http.Response.Headers.Link = $"<{http.Request.PathBase}{http.Request.Path}{QueryString.Create(query)}>; rel=\"next\"";
        return new Page<TrailEntry>(entries, next);
    }

    static async Task StreamAsync(TrailFilter filter, Caller caller, HttpContext http, IServiceProvider services, CancellationToken ct)
    {
        var (signal, clock) = (services.GetRequiredService<TrailSignal>().Wakeup, services.GetRequiredService<TimeProvider>());
        var quiet = TimeSpan.FromSeconds(services.GetRequiredService<IOptions<WorkOptions>>().Value.KeepAliveSeconds);
        var after = await StartAsync(filter, http, services, ct);
        await http.Response.BeginEventStreamAsync();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        ct = ends.Token;
        try
        {
            while (true)
            {
                var mark = signal.Next;
                var rows = await ReadAsync(filter, caller, after, services, ct);
                foreach (var row in rows)
                {
                    after = row.Sequence;
                    await http.Response.WriteEventAsync(after.ToString(CultureInfo.InvariantCulture), row.EventType, JsonSerializer.Serialize(TrailFilter.Entry(row), JsonSettings.Web), ct);
                }
                if (rows.Count == StreamPage || await Wakeup.WaitAsync(mark, quiet, clock, ct)) continue;
                await http.Response.WriteKeepAliveAsync(ct);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException) { }      // the reader left, or the town stops
    }

    /// <summary>Where a reader was, else where it asks to begin, else now.</summary>
    static async Task<long> StartAsync(TrailFilter filter, HttpContext http, IServiceProvider services, CancellationToken ct)
    {
        var last = http.Request.Headers["Last-Event-ID"].ToString();
        if (last.Length > 0)
            return long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence
                : throw Refusal.Invalid("/headers/Last-Event-ID", "The id of an event of this stream is its sequence, a number.").AsException();
        if (filter.Sequence is { } after) return after;
        await using var scope = services.CreateAsyncScope();
        return await HeadAsync(scope.ServiceProvider.GetRequiredService<WorkDbContext>(), ct);
    }

    static Task<long> HeadAsync(WorkDbContext db, CancellationToken ct) => db.TrailHeads.Select(h => h.Sequence).SingleOrDefaultAsync(ct);

    // A scope for each look: a stream may stay for days and must not keep a pooled context that long.
    static async Task<List<TrailRow>> ReadAsync(TrailFilter filter, Caller caller, long after, IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await filter.Apply(scope.ServiceProvider.GetRequiredService<WorkDbContext>(), caller).Where(r => r.Sequence > after).Take(StreamPage).ToListAsync(ct);
    }
}
