using ClaudeManage.Contracts.Identity;
using ClaudeManage.Work.Data;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Work.Features.Items;

/// <summary>Where random ids come from; another source only in tests.</summary>
sealed record IdSource(Func<string, string> Next)
{
    public static readonly IdSource Random = new(Ids.WorkItem);
}

/// <summary>Ids that nobody has: a taken one is thrown again. Use it inside the transaction that inserts.</summary>
sealed class NewIds(WorkDbContext db, IdSource source)
{
    const int MaxTries = 50;
    readonly HashSet<string> _given = [];

    /// <summary>The id asked for, the parent's next child, or a random one.</summary>
    public async Task<string> NextAsync(RigRow rig, string? asked, WorkItemRow? parent, CancellationToken ct)
    {
        if (asked is not null) return asked;
        if (parent is not null && Ids.PrefixOf(parent.Id) == rig.Prefix)
        {
            string child;
            do child = Ids.Child(parent.Id, ++parent.LastChild);
            while (Ids.IsWorkItem(child) && !await IsFreeAsync(child, ct));
            if (Ids.IsWorkItem(child)) return child;     // else too deep to say aloud: it gets an id of its own
        }
        for (var i = 0; i < MaxTries; i++)
            if (source.Next(rig.Prefix) is var id && await IsFreeAsync(id, ct)) return id;
        throw new InvalidOperationException($"No free id in {MaxTries} tries for the prefix {rig.Prefix}.");
    }

    async Task<bool> IsFreeAsync(string id, CancellationToken ct) => _given.Add(id) && !await db.Items.AnyAsync(i => i.Id == id, ct);
}
