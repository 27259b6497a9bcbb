using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Messaging;
using ClaudeManage.Persistence;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Work.Data;
using ClaudeManage.Work.Features.Items;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>The one way in for work from outside: the use case of the HTTP call, once per source and id, in one transaction.</summary>
sealed class Intake(WorkDbContext db, Ledger ledger, ItemFactory factory, Rights rights, IOutbox<WorkDbContext> outbox, TimeProvider clock)
{
    /// <summary>What an effect came to: the items it touched, or why there was nothing to do.</summary>
    public sealed record Effect(IReadOnlyList<string> WorkItemIds, string? Ignored = null);

    /// <summary>
    /// Whoever may send work from outside may create, change, close and comment, within its rigs; as itself.
    /// </summary>
    public static Caller As(string actor, IReadOnlyList<string> rigs) => new(actor, Roles.Operator, rigs, null, null);

    /// <summary>Does what a message asks for. Refuses what is wrong with it; then nothing has changed and the same message may come again.</summary>
    /// <param name="alsoKnownAs">Further ids under which the same message must not come twice.</param>
    public async Task<IngestResult> TakeAsync(OutsideEvent message, Caller by, CancellationToken ct, params IEnumerable<string> alsoKnownAs)
    {
        try
        {
            return await OnceAsync($"{by.Actor} {message.Source}", [message.Id, .. alsoKnownAs], message.Type, async token => new Effect(message.Kind switch
            {
                OutsideKind.Create => [.. (await CreateItems.RunAsync(message.As<CreateWorkItem>(), by, db, factory, rights, token)).Select(i => i.Id)],
                OutsideKind.Update => [await UpdateAsync(await TargetAsync(message, by, token), message.As<UpdateWorkItem>(), by, token)],
                OutsideKind.Close => [await CloseAsync(await TargetAsync(message, by, token), message.As<CloseWorkItem>(), by, token)],
                _ => [(await Comments.RunAsync(await TargetAsync(message, by, token), message.As<AddComment>(), by, db, ledger, rights, outbox, clock, token)).WorkItemId],
            }), ct);
        }
        // The use case speaks of its own body.
        catch (RefusalException e) when (message.At.Length > 0 && e.Refusal.Pointer is { } pointer && !pointer.StartsWith(message.At, StringComparison.Ordinal) && pointer != "/subject")
        {
            throw (e.Refusal with { Pointer = message.At + pointer }).AsException();
        }
    }

    /// <summary>An effect that happens once under each of these ids.</summary>
    public Task<IngestResult> OnceAsync(string source, IReadOnlyList<string> ids, string type, Func<CancellationToken, Task<Effect>> effect, CancellationToken ct) => db.TransactAsync(async token =>
    {
        foreach (var id in ids) await db.LockAsync($"ingest:{source}\n{id}", token);
        if (await db.Ingested.AsNoTracking().Where(r => r.Source == source && ids.Contains(r.Id)).FirstOrDefaultAsync(token) is { } known)
            return new IngestResult("duplicate", type, known.WorkItems.Split(' ', StringSplitOptions.RemoveEmptyEntries), "It was here before and had its effect then.");
        var done = await effect(token);
        var (now, items) = (clock.Now(), string.Join(' ', done.WorkItemIds));
        foreach (var id in ids) db.Ingested.Add(new IngestedRow { Source = source, Id = id, ReceivedAt = now, WorkItems = items });
        return new IngestResult(done.Ignored is null ? "accepted" : "ignored", type, done.WorkItemIds, done.Ignored);
    }, ct);

    public async Task<string> CreateAsync(CreateWorkItem item, Caller by, CancellationToken ct) => (await CreateItems.RunAsync(item, by, db, factory, rights, ct))[0].Id;

    public async Task<string> UpdateAsync(string id, UpdateWorkItem change, Caller by, CancellationToken ct) => (await EditItem.RunAsync(id, change, by, AnyVersion, db, ledger, rights, ct)).Id;

    public async Task<string> CloseAsync(string id, CloseWorkItem how, Caller by, CancellationToken ct) => (await CloseItem.RunAsync(id, how, by, AnyVersion, db, ledger, rights, clock, ct)).Id;

    public async Task<string> ReopenAsync(string id, string why, Caller by, CancellationToken ct) => (await ReopenItem.RunAsync(id, new WithReason(why), by, AnyVersion, db, ledger, ct)).Id;

    /// <summary>The newest item with a reference to something outside; null when there is none.</summary>
    public Task<WorkItemRow?> FindAsync(string externalRef, string? rigId, CancellationToken ct) => db.Items
        .Where(i => i.ExternalRef == externalRef && i.DeletedAt == null && (rigId == null || i.RigId == rigId)).OrderByDescending(i => i.CreatedAt).ThenBy(i => i.Id).FirstOrDefaultAsync(ct);

    /// <summary>The item a message is about: by id, or by the reference its own source gave it.</summary>
    async Task<string> TargetAsync(OutsideEvent message, Caller by, CancellationToken ct)
    {
        var (id, at) = message.Subject is { Length: > 0 } subject ? (subject, "/subject") : (message.Text("workItemId"), "/workItemId");
        if (id is { Length: > 0 })
            return Ids.IsWorkItem(id) && await db.Items.AnyAsync(i => i.Id == id, ct) ? id : throw new Refusal(404, "not-found", "There is no such work item.", at).AsException();
        if (message.Text("externalRef") is not { Length: > 0 } reference)
            throw Refusal.Invalid("/workItemId", "Say which item: by the CloudEvent's subject, or by workItemId or externalRef in the data.").AsException();
        var own = await db.Items.Where(i => i.ExternalRef == reference && i.CreatedBy == by.Actor && i.DeletedAt == null).OrderByDescending(i => i.CreatedAt).Select(i => i.Id).FirstOrDefaultAsync(ct);
        return own ?? throw new Refusal(404, "not-found", $"{by.Actor} has made no work item with this externalRef.", "/externalRef").AsException();
    }

    static void AnyVersion(long version) { }
}
