using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>Whether every module's database answers and has the shape this program needs.</summary>
sealed class DatabaseHealth(IServiceScopeFactory scopes, IEnumerable<ModuleDatabase> databases) : IHealthCheck
{
    // A database only ever goes forward while somebody runs on it.
    static readonly System.Runtime.CompilerServices.ConditionalWeakTable<ModuleDatabase, object> UpToDate = [];

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var troubles = new List<string>();
        foreach (var database in databases)
            if (await TroubleAsync(database, cancellationToken) is { } trouble) troubles.Add(trouble);
        return troubles.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(string.Join(" ", troubles));
    }

    /// <summary>What is missing, in a sentence; null when nothing is.</summary>
    public async Task<string?> TroubleAsync(ModuleDatabase database, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            var db = (ModuleDbContext)scope.ServiceProvider.GetRequiredService(database.DbContext);
            await db.Database.OpenConnectionAsync(ct);
            if (UpToDate.TryGetValue(database, out _))
            {
                await db.Database.ExecuteSqlAsync($"select 1", ct);
                return null;
            }
            if ((await db.Database.GetPendingMigrationsAsync(ct)).FirstOrDefault() is { } pending)
                return $"The database of {database.Module} lacks the migration {pending}: run the verb `migrate` of {database.Module} first.";
            UpToDate.TryAdd(database, database);
            return null;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return $"The database of {database.Module} cannot be used: {(e is InvalidOperationException && e.InnerException is { } inner ? inner : e).Message}";
        }
    }
}
