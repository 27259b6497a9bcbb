using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.Faults;

/// <summary>Takes messages out of the transaction that caused them and sends them a moment after its commit: a process that is killed between takes them with it.</summary>
sealed class OutboxOff(IServiceScopeFactory scopes) : SaveChangesInterceptor
{
    static readonly TimeSpan InMemory = TimeSpan.FromSeconds(1);
    static readonly AsyncLocal<bool> Sending = new();

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (Sending.Value || eventData.Context is not ModuleDbContext db || !Planted.IsOn(Planted.OutboxOff)) return ValueTask.FromResult(result);
        var rows = new List<OutboxRow>();
        foreach (var entry in db.ChangeTracker.Entries<OutboxRow>().Where(e => e.State == EntityState.Added && e.Entity.DueAt == OutboxRow.AtOnce).ToList())
        {
            entry.State = EntityState.Detached;
            rows.Add(entry.Entity);
        }
        var context = db.GetType();
        if (rows.Count > 0) db.AfterCommit(() => _ = SendAsync(context, rows));
        return ValueTask.FromResult(result);
    }

    async Task SendAsync(Type context, List<OutboxRow> rows)
    {
        using (var timer = new PeriodicTimer(InMemory)) await timer.WaitForNextTickAsync();
        Sending.Value = true;
        await using var scope = scopes.CreateAsyncScope();
        var db = (ModuleDbContext)scope.ServiceProvider.GetRequiredService(context);
        foreach (var row in rows) row.Id = 0;
        db.Outbox.AddRange(rows);
        // Else the relay would find them with its next sweep only.
        db.NotifyOnCommit("claudemanage_outbox", $"{Guid.NewGuid():N}/now");
        await db.SaveChangesAsync();
    }
}
