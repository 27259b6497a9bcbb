using System.Text.Json;
using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Cli.Demo;

/// <summary>One item as the demo sees it from the trail.</summary>
sealed class DemoItem(string id, string key, string rig, string title)
{
    public string Id { get; } = id;

    public string Key { get; } = key;

    public string Rig { get; } = rig;

    public string Title { get; } = title;

    public string State { get; set; } = "open";

    public string? Agent { get; set; }

    public string? Note { get; set; }

    public List<long> Fences { get; } = [];
}

/// <summary>Folds the trail into what a person wants to see, and counts what the demo promised to show.</summary>
sealed class DemoState
{
    readonly Lock _gate = new();
    readonly Dictionary<string, DemoItem> _items = [];
    readonly HashSet<string> _live = [];
    readonly List<(Func<TrailEntry, bool> Match, TaskCompletionSource<TrailEntry> Seen)> _waits = [];
    readonly List<TrailEntry> _all = [];

    /// <summary>Most agents that ran at one moment.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Sessions there were.</summary>
    public IReadOnlyList<string> SessionIds { get { lock (_gate) return [.. _all.Where(e => e.EventType == "session.started").Select(SessionId).Distinct()]; } }

    public IReadOnlyList<DemoItem> Items { get { lock (_gate) return [.. _items.Values]; } }

    public int Count(string type) { lock (_gate) return _all.Count(e => e.EventType == type); }

    public int Live { get { lock (_gate) return _live.Count; } }

    public void Add(DemoItem item) { lock (_gate) _items[item.Id] = item; }

    /// <summary>The item planned under a key.</summary>
    public DemoItem ByKey(string key) { lock (_gate) return _items.Values.Single(i => i.Key == key); }

    /// <summary>Completes with the first event, past or coming, that matches.</summary>
    public Task<TrailEntry> WhenAsync(Func<TrailEntry, bool> match, CancellationToken ct)
    {
        var wait = new TaskCompletionSource<TrailEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_all.FirstOrDefault(match) is { } past) return Task.FromResult(past);
            _waits.Add((match, wait));
        }
        return wait.Task.WaitAsync(ct);
    }

    /// <summary>Takes one event of the trail; returns a line worth telling, or null.</summary>
    public string? Apply(TrailEntry e)
    {
        lock (_gate)
        {
            _all.Add(e);
            foreach (var wait in _waits.Where(w => w.Match(e)).ToList())
            {
                wait.Seen.TrySetResult(e);
                _waits.Remove(wait);
            }
            if (e.EventType == "session.started" && _live.Add(SessionId(e))) MostAtOnce = Math.Max(MostAtOnce, _live.Count);
            if (e.EventType is "session.exited" or "session.stopped") _live.Remove(SessionId(e));
            if (e.EventType is "gate.waiting" or "gate.opened") return Gate(e);
            return e.WorkItemId is { } id && _items.TryGetValue(id, out var item) ? Tell(item, e) : null;
        }
    }

    static string? Tell(DemoItem item, TrailEntry e)
    {
        switch (e.EventType)
        {
            case "lease.granted":
                item.Fences.Add(Assignment(e).GetProperty("fence").GetInt64());
                item.Agent = Text(Assignment(e), "agentId");
                item.State = "in progress";
                return $"{item.Id} {item.Title}: leased to {item.Agent} (fence {item.Fences[^1]})";
            case "lease.expired": item.State = "hooked"; return $"{item.Id}: the lease of {item.Agent} ran out; it goes to somebody else";
            case "assignment.queued": item.State = "hooked"; return null;
            case "assignment.completed":
                if (Text(Assignment(e).GetProperty("result"), "outcome") is not "failed") return null;
                item.Note = "attempt failed";
                return $"{item.Id}: the attempt of {item.Agent} failed";
            case "session.stopped": return $"{item.Id}: the agent's process is gone; its unsaved work is kept";
            case "work-item.submitted": item.State = "submitted"; return $"{item.Id}: done by {item.Agent}, in the merge queue";
            case "merge.gating": item.State = "gating"; return null;
            case "merge.conflicted": item.Note = "conflicted"; return $"{item.Id}: conflicts with what landed meanwhile; back to {item.Agent}";
            case "merge.rejected": item.Note = "refused by the gate"; return $"{item.Id}: refused by the gate; back to {item.Agent} with its output";
            case "work-item.closed":
                item.State = "closed";
                return $"{item.Id} {item.Title}: landed as {Text(e.Payload.GetProperty("item").GetProperty("outcome"), "mergedCommit")?[..10] ?? "?"}";
            default: return null;
        }
    }

    static string Gate(TrailEntry e)
    {
        var gate = e.Payload.GetProperty("gate");
        return $"{e.WorkflowInstanceId}: the {Text(gate, "type")} gate of {Text(gate, "stepId")} {(e.EventType == "gate.waiting" ? "is shut" : $"is opened by {Text(gate, "by")}: {Text(gate, "reason")}")}";
    }

    static JsonElement Assignment(TrailEntry e) => e.Payload.GetProperty("assignment");

    static string SessionId(TrailEntry e) => Text(e.Payload.GetProperty("session"), "id")!;

    static string? Text(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
