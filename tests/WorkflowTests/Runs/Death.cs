using System.Data.Common;
using System.Reflection;
using ClaudeManage.Persistence;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>
/// The end of a process at one of Workflow's commits: from then on nothing of any module reaches a database any more, as if it had been
/// killed there. What was committed stays, what was not is gone, and nobody was told of either.
/// </summary>
/// <param name="commit">At which of Workflow's commits, from 1.</param>
/// <param name="after">The commit still holds and its caller never hears of it; else it is lost.</param>
sealed class Death(int commit, bool after)
{
    int _commits;

    readonly CancellationTokenSource _came = new();

    /// <summary>Cancelled when it has come.</summary>
    public CancellationToken Token => _came.Token;

    /// <summary>Whether it has come.</summary>
    public bool Came => _came.IsCancellationRequested;

    /// <summary>Puts it into every database of a host that is being built.</summary>
    public void Watch(IServiceCollection services)
    {
        var contexts = services.Select(s => s.ServiceType).Where(t => !t.IsAbstract && typeof(ModuleDbContext).IsAssignableFrom(t)).Distinct().ToList();
        Assert.True(contexts.Count >= 8, "two contexts for each module");
        foreach (var context in contexts)
            typeof(Death).GetMethod(nameof(WatchOne), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(context).Invoke(this, [services]);
    }

    void WatchOne<T>(IServiceCollection services) where T : DbContext => services.ConfigureDbContext<T>(o => o.AddInterceptors(new Commits(this), new Commands(this)));

    void RefuseIfDead()
    {
        if (Came) throw new DiedException();
    }

    void Meet(DbContext? db, bool committed)
    {
        RefuseIfDead();
        if (db is not WorkflowDbContext || committed != after || Interlocked.Increment(ref _commits) != commit) return;
        _came.Cancel();
        throw new DiedException();
    }

    sealed class Commits(Death death) : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            death.Meet(eventData.Context, committed: false);
            return ValueTask.FromResult(result);
        }

        public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            death.Meet(eventData.Context, committed: true);
            return Task.CompletedTask;
        }
    }

    sealed class Commands(Death death) : DbCommandInterceptor
    {
        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            death.RefuseIfDead();
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            death.RefuseIfDead();
            return ValueTask.FromResult(result);
        }
    }
}

/// <summary>Said by the databases of a process that is dead.</summary>
sealed class DiedException() : Exception("The process was killed here.");
