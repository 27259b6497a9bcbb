using ClaudeManage.Contracts.Health;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Health.Data;
using ClaudeManage.Health.Domain;
using ClaudeManage.Health.Running;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Health.Features;

/// <summary><c>/decisions</c>: the human inbox. Agents and people ask; whoever it is assigned to, or an operator, answers once.</summary>
static class Inbox
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/decisions", List);
        routes.MapPost("/decisions", Ask);
        routes.MapGet("/decisions/{id:guid}", Read);
        routes.MapPost("/decisions/{id:guid}/answer", Answer);
        routes.MapPost("/decisions/{id:guid}/delegate", Delegate);
    }

    /// <summary>Open ones by deadline come first to whoever asks for them; others the newest first.</summary>
    static async Task<Ok<Page<DecisionSnapshot>>> List(
        HttpContext http, Caller caller, HealthDbContext db, WireEnum<DecisionState>? state, string? assignedTo, int? limit, string? after, CancellationToken ct)
    {
        var size = Paging.Limit(limit);
        var query = db.Decisions.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } own) query = query.Where(d => own.Contains(d.RigId!));
        if (state is { } wanted) query = query.Where(d => d.State == wanted.Value);
        if (assignedTo is not null) query = query.Where(d => d.AssignedTo == assignedTo);
        if (Paging.Decode(after, 2) is [var at, var last] && (Paging.Time(at), Paging.Id(last)) is var (asked, lastId))
            query = query.Where(d => d.AskedAt < asked || (d.AskedAt == asked && d.Id.CompareTo(lastId) > 0));
        var rows = await query.OrderByDescending(d => d.AskedAt).ThenBy(d => d.Id).Take(size + 1).ToListAsync(ct);
        return TypedResults.Ok(http.Page(rows.Select(r => r.ToSnapshot()).ToList(), size, d => [d.AskedAt.ToString("O"), d.Id]));
    }

    static async Task<Ok<DecisionSnapshot>> Read(Guid id, Caller caller, HealthDbContext db, CancellationToken ct) => TypedResults.Ok((await FindAsync(db, id, caller, ct)).ToSnapshot());

    static async Task<Created<DecisionSnapshot>> Ask(AskRequest request, Caller caller, HealthDbContext db, DecisionDesk desk, TimeProvider clock, CancellationToken ct)
    {
        caller.RequireWriter();
        var now = clock.Now();
        var (kind, options) = (request.Kind ?? DecisionKind.Approve, request.Options ?? []);
        new Validation()
            .Check(request.Kind is not null, "/kind", "approve, choose, answer or edit.")
            .Check(!string.IsNullOrWhiteSpace(request.Title), "/title", "What is to be decided, in a sentence.").MaxLength(request.Title, 300, "/title")
            .MaxLength(request.Question, 16_384, "/question").MaxLength(request.Draft, 65_536, "/draft")
            .Check(kind == DecisionKind.Choose ? options.Count is >= 2 and <= 20 && options.Distinct().Count() == options.Count : options.Count == 0, "/options", "A choice has 2 to 20 different options, and nothing else has any.")
            .Check(options.All(o => o is { Length: > 0 and <= 300 }), "/options", "Each option has 1 to 300 characters.")
            .Check(kind == DecisionKind.Edit == request.Draft is not null, "/draft", "An edit has a draft, and nothing else has one.")
            .Check(request.Deadline is null || request.Deadline > now, "/deadline", "A time in the future.")
            .Check(request.Default is null || request.Deadline is not null, "/default", "A default decides at the deadline, and there is none.")
            .Check(request.Default is null || Decisions.Problem(kind, options, request.Default) is null, "/default", "The default is no answer to this question.")
            .Check(request.AssignTo is null || ActorAddress.IsValid(request.AssignTo), "/assignTo", "An actor's address.")
            .Check(request.WorkItemId is null || Ids.IsWorkItem(request.WorkItemId), "/workItemId", "A work item's id.")
            .Check(request.RigId is null || ActorAddress.IsPart(request.RigId), "/rigId", "A rig's name.").ThrowIfInvalid();
        var rig = request.RigId ?? ActorAddress.RigOf(caller.Actor) ?? (caller.Rigs is [var only] ? only : null);
        if (rig is not null) caller.RequireRig(rig);
        else if (caller.Rigs.Count > 0) throw Refusal.Invalid("/rigId", $"Which of your rigs it is about: {string.Join(", ", caller.Rigs)}.").AsException();
        var snapshot = await db.TransactAsync(async token =>
        {
            var row = new DecisionRow
            {
                Id = Ids.Ordered(now),
                Kind = kind,
                Title = request.Title!,
                Question = request.Question,
                Options = options,
                Draft = request.Draft,
                AskedBy = caller.Actor,
                AssignedTo = request.AssignTo ?? "overseer",
                RigId = rig,
                WorkItemId = request.WorkItemId,
                AskedAt = now,
                Deadline = request.Deadline,
                Default = request.Default,
            };
            await desk.AskAsync(row, caller, token);
            return row.ToSnapshot();
        }, ct);
        return TypedResults.Created($"/decisions/{snapshot.Id}", snapshot);
    }

    static Task<Ok<DecisionSnapshot>> Answer(Guid id, AnswerRequest request, Caller caller, HealthDbContext db, DecisionDesk desk, CancellationToken ct)
    {
        new Validation().MaxLength(request.Text, 65_536, "/text").MaxLength(request.Reason, 16_384, "/reason").ThrowIfInvalid();
        return ChangeAsync(id, "Answering it", caller, db, async (row, token) =>
        {
            var answer = new DecisionAnswer(request.Approve, request.Choice, request.Text);
            if (row.State == DecisionState.Open && Decisions.Problem(row.Kind, row.Options, answer) is { } problem) throw Refusal.Invalid("/", problem).AsException();
            return await desk.AnswerAsync(row, answer, request.Reason, caller, token);
        }, ct);
    }

    static Task<Ok<DecisionSnapshot>> Delegate(Guid id, DelegateRequest request, Caller caller, HealthDbContext db, DecisionDesk desk, CancellationToken ct) =>
        ChangeAsync(id, "Passing it on", caller, db, (row, token) =>
        {
            new Validation().Check(ActorAddress.IsValid(request.To), "/to", "An actor's address.").MaxLength(request.Reason, 16_384, "/reason").ThrowIfInvalid();
            return desk.DelegateAsync(row, request.To!, request.Reason, caller, token);
        }, ct);

    static async Task<Ok<DecisionSnapshot>> ChangeAsync(Guid id, string what, Caller caller, HealthDbContext db, Func<DecisionRow, CancellationToken, Task<bool>> change, CancellationToken ct)
    {
        caller.RequireWriter();
        return TypedResults.Ok(await db.TransactAsync(async token =>
        {
            var row = await FindAsync(db, id, caller, token);
            if (row.AssignedTo != caller.Actor) caller.RequireOperator(what);
            if (!await change(row, token)) throw Over(row).AsException();
            return row.ToSnapshot();
        }, ct));
    }

    /// <summary>It has an answer, or needs none any more.</summary>
    public static Refusal Over(DecisionRow row) =>
        Refusal.Conflict("decision-over", $"It is {SnakeCase.Of(row.State.ToString())} already{(row.Given is { } given ? $" by {row.AnsweredBy}: {Decisions.Words(given)}" : "")}. It is decided once.",
            ("state", row.State), ("given", row.Given), ("answeredBy", row.AnsweredBy));

    static async Task<DecisionRow> FindAsync(HealthDbContext db, Guid id, Caller caller, CancellationToken ct)
    {
        var row = await db.Decisions.FindAsync([id], ct) ?? throw Refusal.NotFound("decision", id.ToString()).AsException();
        if (row.AssignedTo == caller.Actor) return row;
        if (row.RigId is { } rig) caller.RequireRig(rig);
        else if (caller.Rigs.Count > 0) throw Refusal.Forbidden($"This decision belongs to the whole town, and your token is limited to {string.Join(", ", caller.Rigs)}. Ask somebody whose token is not.").AsException();
        return row;
    }
}
