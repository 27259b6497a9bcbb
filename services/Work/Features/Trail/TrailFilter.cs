using System.Globalization;
using System.Linq.Expressions;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Work.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Trail;

/// <summary>The filters of <c>GET /events</c>.</summary>
sealed record TrailFilter
{
    /// <summary>In place of a sequence: no event that there is, and <c>next</c> says where the trail is.</summary>
    public const string Latest = "latest";

    // Properties and no constructor's parameters: the generator of the request's code fails on those (typeof a string that may be null).

    public string? Rig { get; init; }

    /// <summary>A name or a pattern such as <c>work-item.*</c>; several separated by commas.</summary>
    public string? Type { get; init; }

    public string? WorkItem { get; init; }

    public string? Actor { get; init; }

    public string? Convoy { get; init; }

    /// <summary>Sequence of the last event seen; 0 begins at the beginning, <see cref="Latest"/> now.</summary>
    public string? After { get; init; }

    public int? Limit { get; init; }

    const int MaxPatterns = 20, MaxPattern = 100;

    /// <summary>The sequence to go on from; null where none is named.</summary>
    public long? Sequence => After is null or Latest ? null
        : long.TryParse(After, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence
        : throw Refusal.Invalid("/after", $"A sequence is 0 or more: begin with `after=0` or, without what has been, with `after={Latest}`; go on with each answer's `next`.").AsException();

    /// <summary>The events that pass, in order.</summary>
    public IQueryable<TrailRow> Apply(WorkDbContext db, Caller caller)
    {
        var rows = db.Trail.AsNoTracking();
        if (caller.Rigs is { Count: > 0 } own) rows = rows.Where(r => own.Contains(r.RigId!));
        if (Rig is not null) rows = rows.Where(r => r.RigId == Rig);
        if (WorkItem is not null) rows = rows.Where(r => r.WorkItemId == WorkItem);
        if (Actor is not null) rows = rows.Where(r => r.Actor == Actor);
        if (Convoy is not null) rows = rows.Where(r => r.ConvoyId == Convoy);
        if (!string.IsNullOrEmpty(Type)) rows = OfType(rows, Type);
        return rows.OrderBy(r => r.Sequence);
    }

    static IQueryable<TrailRow> OfType(IQueryable<TrailRow> rows, string type)
    {
        var patterns = type.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (patterns.Length > MaxPatterns || patterns.Any(p => p.Length > MaxPattern || p.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '*'))))
            throw Refusal.Invalid("/type", $"Up to {MaxPatterns} event types such as work-item.closed or work-item.*, separated by commas.").AsException();
        var row = Expression.Parameter(typeof(TrailRow), "r");
        var name = Expression.Property(row, nameof(TrailRow.EventType));
        var any = patterns.Select(p => (Expression)(p.Contains('*') ? Like(name, Query.Like(p)) : Expression.Equal(name, Expression.Constant(p))))
            .Aggregate((Expression?)null, (all, one) => all is null ? one : Expression.OrElse(all, one));
        return any is null ? rows : rows.Where(Expression.Lambda<Func<TrailRow, bool>>(any, row));
    }

    static MethodCallExpression Like(Expression name, string pattern) => Expression.Call(
        typeof(DbFunctionsExtensions), nameof(DbFunctionsExtensions.Like), null,
        Expression.Constant(EF.Functions), name, Expression.Constant(pattern), Expression.Constant("\\"));

    /// <summary>A row as the API shows it.</summary>
    public static TrailEntry Entry(TrailRow r) => new(
        r.EventId, r.Sequence, r.Actor, r.WorkItemId, r.WorkflowInstanceId, r.ConvoyId, r.RigId, r.EventType,
        System.Text.Json.JsonElement.Parse(r.Payload), r.EmittedAt, r.RecordedAt, r.PrevHash, r.Hash);
}
