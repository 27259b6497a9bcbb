using ClaudeManage.Convoy.Data;
using ClaudeManage.Convoy.Reading;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Convoy;

/// <summary>News within this process.</summary>
sealed class ConvoySignals
{
    /// <summary>An item or a molecule became known.</summary>
    public Wakeup Items { get; } = new();
}

/// <summary>Waits for items that Work has acknowledged to somebody a moment ago, outside any transaction.</summary>
sealed class ItemArrival(IServiceScopeFactory scopes, ConvoySignals signals, IOptions<ConvoyOptions> options, TimeProvider clock)
{
    /// <summary>Returns when all are known with their rigs, and so is all that a molecule holds; or after the configured time.</summary>
    /// <param name="molecule">Its root, which is one of <paramref name="ids"/>.</param>
    public Task WaitAsync(IReadOnlyCollection<string> ids, CancellationToken ct, string? molecule = null) =>
        ids.Count == 0 ? Task.CompletedTask : signals.Items.UntilAsync(token => KnownAsync(ids, molecule, token), TimeSpan.FromMilliseconds(options.Value.UnknownItemWaitMilliseconds), clock, ct);

    async Task<bool> KnownAsync(IReadOnlyCollection<string> ids, string? molecule, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ConvoyDbContext>();
        var known = 0;
        // With its rig: its events take another way, and a plan would call it unknown.
        foreach (var chunk in ids.Chunk(500)) known += await db.Copies.CountAsync(c => chunk.Contains(c.Id) && db.Rigs.Any(r => r.Id == c.RigId), ct);
        return known == ids.Count && (molecule is null || await scope.ServiceProvider.GetRequiredService<PlanReader>().MissingStepsAsync(molecule, ct) == 0);
    }
}
