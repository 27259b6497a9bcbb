using ClaudeManage.Health.Data;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Health.Running;

/// <summary>Writes down what a patrol did, in the running transaction.</summary>
sealed class PatrolLog(HealthDbContext db, TimeProvider clock)
{
    /// <summary>A run begins now.</summary>
    public long Begin() => clock.GetTimestamp();

    /// <summary>And is over.</summary>
    public async Task EndAsync(
        long began, string name, IReadOnlyList<string> looked, IReadOnlyList<string> missed, IReadOnlyList<string> findings, DateTimeOffset? dueAt, CancellationToken ct)
    {
        var row = await db.Patrols.FindAsync([name], ct);
        if (row is null) db.Patrols.Add(row = new PatrolRow { Name = name });
        (row.LastAt, row.DurationSeconds, row.Looked, row.Missed, row.Findings, row.DueAt) = (clock.Now(), clock.GetElapsedTime(began).TotalSeconds, looked, missed, findings, dueAt);
        row.Runs++;
    }
}
