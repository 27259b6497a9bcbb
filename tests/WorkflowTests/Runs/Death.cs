using System.Data.Common;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ClaudeManage.Persistence;
using ClaudeManage.Workflow.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.WorkflowTests.Runs;

/// <summary>
/// The end of a process at one of a molecule's transitions: from then on nothing of any module reaches a database any more, as if it had been
/// killed there. What was committed stays, what was not is gone, and nobody was told of either.
/// </summary>
/// <param name="transition">At which transition of this life, from 1.</param>
/// <param name="after">The transition's commit still holds and its caller never hears of it; else it is lost.</param>
sealed partial class Death(int transition, bool after)
{
    readonly CancellationTokenSource _came = new();
    readonly ConditionalWeakTable<DbTransaction, object> _transitions = [];

    int _seen;
    volatile bool _armed;

    /// <summary>Cancelled when it has come.</summary>
    public CancellationToken Token => _came.Token;

    /// <summary>Whether it has come.</summary>
    public bool Came => _came.IsCancellationRequested;

    /// <summary>From now on transitions count: what a start commits is none of a molecule's.</summary>
    public void Arm() => _armed = true;

    /// <summary>Puts it into every database of a host that is being built.</summary>
    public void Watch(IServiceCollection services)
    {
        var contexts = services.Select(s => s.ServiceType).Where(t => !t.IsAbstract && typeof(ModuleDbContext).IsAssignableFrom(t)).Distinct().ToList();
        Assert.True(contexts.Count >= 4, "one context for each module");
        foreach (var context in contexts)
            typeof(Death).GetMethod(nameof(WatchOne), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(context).Invoke(this, [services]);
    }

    void WatchOne<T>(IServiceCollection services) where T : DbContext => services.ConfigureDbContext<T>(o => o.AddInterceptors(new Commits(this), new Commands(this)));

    void RefuseIfDead()
    {
        if (Came) throw new DiedException();
    }

    /// <summary>An event that is nobody's, an answer that is kept: commits without a transition are not counted, else a life might bring nothing forward.</summary>
    void Look(DbCommand command, DbContext? db)
    {
        RefuseIfDead();
        if (db is WorkflowDbContext && command.Transaction is { } transaction && Transition().IsMatch(command.CommandText)) _transitions.AddOrUpdate(transaction, this);
    }

    void Meet(DbTransaction transaction, bool committed)
    {
        RefuseIfDead();
        if (!_armed || committed != after || !_transitions.TryGetValue(transaction, out _) || Interlocked.Increment(ref _seen) != transition) return;
        _came.Cancel();
        throw new DiedException();
    }

    [GeneratedRegex("""(INSERT INTO|UPDATE) "?(molecules|steps|gates|molecule_log)\b""")]
    private static partial Regex Transition();

    sealed class Commits(Death death) : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            death.Meet(transaction, committed: false);
            return ValueTask.FromResult(result);
        }

        public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            death.Meet(transaction, committed: true);
            return Task.CompletedTask;
        }
    }

    sealed class Commands(Death death) : DbCommandInterceptor
    {
        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            death.Look(command, eventData.Context);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            death.Look(command, eventData.Context);
            return ValueTask.FromResult(result);
        }
    }
}

/// <summary>Said by the databases of a process that is dead.</summary>
sealed class DiedException() : Exception("The process was killed here.");
