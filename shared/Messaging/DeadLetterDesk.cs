using ClaudeManage.Contracts.Http;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Messaging;

/// <summary>A module's dead letters for people: listed, grouped by cause, sent again or thrown away.</summary>
public sealed class DeadLetterDesk<TDb> where TDb : ModuleDbContext
{
    /// <summary>Letters that a list looks at, the newest; beyond that it only counts.</summary>
    public const int MaxListed = 1000;

    /// <summary>Letters of a group that a list shows singly.</summary>
    public const int MaxShown = 20;

    readonly TDb _db;
    readonly BusPlan _plan;
    readonly RelaySignal<TDb> _signal;
    readonly TimeProvider _clock;

    internal DeadLetterDesk(TDb db, BusPlan plan, RelaySignal<TDb> signal, TimeProvider clock) => (_db, _plan, _signal, _clock) = (db, plan, signal, clock);

    /// <summary>Everything, grouped by endpoint, type and cause, the newest first.</summary>
    public async Task<DeadLetterList> ListAsync(string module, CancellationToken ct)
    {
        var total = await _db.DeadLetters.CountAsync(ct);
        var letters = await _db.DeadLetters.AsNoTracking().OrderByDescending(x => x.Id).Take(MaxListed).ToListAsync(ct);
        return new DeadLetterList(module, total, [.. letters.GroupBy(DeadLetters.KeyOf).Select(Group)]);
    }

    /// <summary>One, tracked.</summary>
    public Task<DeadLetterRow?> FindAsync(long id, CancellationToken ct) => _db.DeadLetters.SingleOrDefaultAsync(x => x.Id == id, ct);

    /// <summary>Letters of a group, tracked: the first so many with a higher id than <paramref name="after"/>. Also how far was looked.</summary>
    public async Task<(List<DeadLetterRow> Letters, long? LookedTo)> FindGroupAsync(string key, long after, int atMost, CancellationToken ct)
    {
        var letters = await _db.DeadLetters.Where(x => x.Id > after).OrderBy(x => x.Id).Take(atMost).ToListAsync(ct);
        return ([.. letters.Where(x => DeadLetters.KeyOf(x) == key)], letters.Count == 0 ? null : letters[^1].Id);
    }

    /// <summary>As it is shown.</summary>
    public DeadLetter Show(DeadLetterRow x) => new(x.Id, DeadLetters.EndpointOf(x), DeadLetters.TypeOf(x), x.MessageId, DeadLetters.WorkItemOf(x), DeadLetters.CauseOf(x),
        DeadLetters.KeyOf(x), x.Attempts, x.At, WhyNotReplayable(x) is null);

    /// <summary>Why it cannot be sent again; null when it can.</summary>
    public string? WhyNotReplayable(DeadLetterRow letter) =>
        letter.MessageTypes.Length == 0 ? "What came is no message of this suite, and sending it again would not make it one."
        : _plan.Endpoints.ContainsKey(DeadLetters.EndpointOf(letter)) ? null
        : $"There is no endpoint {DeadLetters.EndpointOf(letter)} here to send it to.";

    /// <summary>In the running transaction: back to that one endpoint, with all its tries; nobody else gets it again. Its inbox still knows whether it had its effect.</summary>
    public void Replay(DeadLetterRow letter)
    {
        _db.AddToOutbox(new OutboxRow
        {
            MessageId = letter.MessageId,
            Destination = OutboxRows.QueuePrefix + DeadLetters.EndpointOf(letter),
            ContentType = letter.ContentType,
            MessageTypes = letter.MessageTypes,
            Body = letter.Body,
            Headers = letter.Headers,
            CreatedAt = _clock.GetUtcNow(),
        }, _signal);
        _db.Remove(letter);
    }

    /// <summary>In the running transaction: it is gone.</summary>
    public void Discard(DeadLetterRow letter) => _db.Remove(letter);

    DeadLetterGroup Group(IGrouping<string, DeadLetterRow> group)
    {
        var shown = group.Select(Show).ToList();
        return new DeadLetterGroup(group.Key, shown[0].Endpoint, shown[0].MessageType, shown[0].Cause, shown.Count, shown[^1].At, shown[0].At,
            [.. shown.Select(x => x.WorkItemId).OfType<string>().Distinct()], [.. shown.Take(MaxShown)]);
    }
}
