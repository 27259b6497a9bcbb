using System.Collections.Concurrent;
using ClaudeManage.Persistence;

namespace ClaudeManage.Messaging;

/// <summary>
/// Wakes who waits for a commit, in this process and in the module's other ones: what one replica has written, somebody may be waiting for
/// at another. Says only that there is something; what it is stands in the database. PostgreSQL carries it; one process needs no carrier.
/// </summary>
public sealed class ReplicaNews<TDb> where TDb : ModuleDbContext
{
    internal const string Channel = "claudemanage_news";

    readonly string _self = $"{Guid.NewGuid():N}/";
    readonly ConcurrentDictionary<string, Action> _heard = new();
    readonly bool _hasReplicas;

    /// <summary>For one process, or for several of the module.</summary>
    public ReplicaNews(bool hasReplicas) => _hasReplicas = hasReplicas;

    /// <summary>Calls <paramref name="heard"/> after every commit that says <paramref name="topic"/>, and when some may have been missed.</summary>
    public void Subscribe(string topic, Action heard) => _heard.AddOrUpdate(topic, heard, (_, before) => before + heard);

    /// <summary>With the surrounding transaction: this changed.</summary>
    public void Say(TDb db, string topic)
    {
        db.AfterCommit(() => Wake(topic));
        if (_hasReplicas && !db.IsSqlite()) db.NotifyOnCommit(Channel, _self + topic);
    }

    internal void Heard(string payload)
    {
        if (!payload.StartsWith(_self, StringComparison.Ordinal)) Wake(payload[(payload.IndexOf('/') + 1)..]);
    }

    internal void MayHaveMissed()
    {
        foreach (var heard in _heard.Values) heard();
    }

    void Wake(string topic)
    {
        if (_heard.TryGetValue(topic, out var heard)) heard();
    }
}
