using ClaudeManage.Refinery.Data;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Queue;

/// <summary>
/// Daily: removes the output of gates that nobody waits for any more from this process's disk. A log stays while a request that rests on it, by its
/// own run or by one whose result it took over, is open or was until lately. The runs themselves stay, with the end of what they printed.
/// </summary>
sealed class GateLogRetention(GateLogs logs, IServiceScopeFactory scopes, IOptions<RefineryOptions> options, TimeProvider clock, IServiceProvider services)
    : DailyPatrol<RefineryDbContext>("refinery", Name, services)
{
    /// <summary>Its name.</summary>
    public const string Name = "retention:refinery";

    const int AtOnce = 200;

    protected override async Task<PatrolRound> RoundAsync(CancellationToken ct)
    {
        var before = clock.Now().AddDays(-options.Value.KeepGateLogDays);
        var (gone, kept, missed) = (0, 0, new List<string>());
        foreach (var some in logs.Before(before).Chunk(AtOnce))
        {
            var wanted = await WantedAsync([.. some.Select(f => f.Run).Distinct()], before, ct);
            foreach (var (run, path) in some)
            {
                if (wanted.Contains(run)) kept++;
                else if (Remove(path) is { } trouble) missed.Add(trouble);
                else gone++;
            }
        }
        return new([$"gate logs from before {before:u}"], missed, [.. Said("removed {0}", gone), .. Said("kept {0} that requests not long over rest on", kept)]);
    }

    async Task<HashSet<Guid>> WantedAsync(List<Guid> runs, DateTimeOffset before, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RefineryDbContext>();
        var found = await db.GateRuns.AsNoTracking().Where(r => runs.Contains(r.Id) || (r.CachedFrom != null && runs.Contains(r.CachedFrom.Value)))
            .Where(r => r.EndedAt == null || db.Requests.Any(q => q.Id == r.MergeRequestId && (q.EndedAt == null || q.EndedAt >= before)))
            .Select(r => new { r.Id, r.CachedFrom }).ToListAsync(ct);
        return [.. found.SelectMany(r => (Guid[])[r.Id, r.CachedFrom ?? r.Id])];
    }

    static string? Remove(string path)
    {
        try
        {
            File.Delete(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return $"{path}: {e.Message}"; }
    }

    static string[] Said(string what, int count) => count == 0 ? [] : [string.Format(System.Globalization.CultureInfo.InvariantCulture, what, count)];
}
