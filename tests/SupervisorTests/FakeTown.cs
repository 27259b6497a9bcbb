using System.Collections.Concurrent;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.SupervisorTests;

/// <summary>The town as a supervisor sees it: the calls it makes, answered from a table, and every one of them noted.</summary>
sealed class FakeTown : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentDictionary<Guid, ClaimResult> _claims = new();
    readonly ConcurrentDictionary<string, byte> _lost = new();
    readonly ConcurrentQueue<string> _calls = new();

    FakeTown()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.Use(JsonSettings.Web));
        _app = builder.Build();
        _app.Use(async (http, next) =>
        {
            if (Unreachable) http.Response.StatusCode = 503;
            else await next(http);
        });
        _app.MapPost("/hooks/{hook}/claim", (string hook, Guid assignment, Guid session) => Note("claim", () =>
            _claims.TryGetValue(assignment, out var claim) ? Results.Json(claim, JsonSettings.Web) : Results.NoContent()));
        _app.MapPost("/leases/renew", (RenewRequest r) => Note("renew", () =>
            Results.Json(new RenewResults([.. r.Tokens!.Select(token =>
            {
                if (_lost.ContainsKey(token)) return new RenewResult(0, null, "lease-lost");
                Renewals.AddOrUpdate(token, 1, (_, n) => n + 1);
                return new RenewResult(1, TimeProvider.System.GetUtcNow() + Ttl);
            })]), JsonSettings.Web)));
        _app.MapPost("/leases/release", (ReleaseRequest r) => Note("release", () => Ended(r.Token!, () => Releases.Enqueue(r)) ?? Results.NoContent()));
        _app.MapPost("/work-items/{item}/done", (string item, DoneRequest r) => Note("done", () => Refuse(r) is { } no ? no
            : Ended(r.LeaseToken!, () => Dones.Enqueue(r)) ?? Results.Json(new DoneResult(item, WorkItemState.Submitted, null!, 1, false), JsonSettings.Web)));
        _app.MapPost("/handoffs", (HandoffRequest r) => Note("handoff", () => Ended(r.LeaseToken!, () => Handoffs.Enqueue(r)) ?? Results.StatusCode(201)));
        _app.MapGet("/work-items/{id}", (string id) => Items.TryGetValue(id, out var item)
            ? Results.Json(WorkItemDetail.Of(item, [], [], null, null), JsonSettings.Web) : Results.Json(new { code = "not-found", detail = "there is no such item" }, statusCode: 404));
        _app.MapGet("/assignments/{id}", (Guid id) => Note("assignment", () => _claims.TryGetValue(id, out var c) ? Results.Json(c.Assignment, JsonSettings.Web) : Results.NotFound()));
    }

    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(3);

    public Uri Address { get; private set; } = null!;

    /// <summary>While set, every call is answered with 503.</summary>
    public bool Unreachable { get; set; }

    /// <summary>What a completion is answered with instead of being taken; null takes it.</summary>
    public Func<DoneRequest, IResult?> Refuse { get; set; } = _ => null;

    /// <summary>What is known of work items.</summary>
    public ConcurrentDictionary<string, WorkItemSnapshot> Items { get; } = new();

    public ConcurrentQueue<DoneRequest> Dones { get; } = new();
    public ConcurrentQueue<ReleaseRequest> Releases { get; } = new();
    public ConcurrentQueue<HandoffRequest> Handoffs { get; } = new();
    public ConcurrentDictionary<string, int> Renewals { get; } = new();

    /// <summary>The calls in order, the same several times in a row as one.</summary>
    public IReadOnlyList<string> Calls => [.. _calls.Aggregate(new List<string>(), (list, call) => { if (list.LastOrDefault() != call) list.Add(call); return list; })];

    public static async Task<FakeTown> StartAsync()
    {
        var town = new FakeTown();
        await town._app.StartAsync();
        town.Address = new Uri(town._app.Urls.First());
        return town;
    }

    /// <summary>Puts an assignment on an agent's hook; its token is <c>token-&lt;item&gt;-&lt;fence&gt;</c>.</summary>
    public ClaimResult Offer(Guid assignment, WorkItemSnapshot item, string agent, long fence, Func<AssignmentSnapshot, AssignmentSnapshot>? change = null, HandoffSnapshot? handoff = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var snapshot = new AssignmentSnapshot(assignment, item.Id, item.RigId, agent, agent, AssignmentState.Leased, 2, (int)fence, 3, fence, fence, now + Ttl, "hq-cv-1", MergeStrategy.Merge,
            "main", $"cm/{item.Id}/{fence}", null, null, now, null, "node", null, null);
        return _claims[assignment] = new ClaimResult(change?.Invoke(snapshot) ?? snapshot, item, handoff, [], new Lease(TokenOf(item.Id, fence), fence, now + Ttl), "session-token");
    }

    public void Change(Guid assignment, Func<AssignmentSnapshot, AssignmentSnapshot> change) => _claims[assignment] = _claims[assignment] with { Assignment = change(_claims[assignment].Assignment) };

    /// <summary>From now on the lease is somebody else's.</summary>
    public void TakeBack(string token) => _lost[token] = 0;

    public static string TokenOf(string item, long fence) => $"token-{item}-{fence}";

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    IResult? Ended(string token, Action take)
    {
        if (!_lost.TryAdd(token, 0)) return Results.Json(new { code = "lease-lost", detail = "the lease is not yours any more" }, statusCode: 409);
        take();
        return null;
    }

    IResult Note(string call, Func<IResult> answer)
    {
        _calls.Enqueue(call);
        return answer();
    }
}
