using System.Data.Common;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ClaudeManage.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.Tests.Hosting;

/// <summary>
/// The end of a process at one of its transitions: from then on nothing of any module reaches a database any more, as if it had been killed
/// there (nor the broker, <see cref="Ground.With"/>). What was committed stays, what was not is gone, and nobody was told of either.
/// </summary>
/// <param name="module">The context whose commits may be transitions.</param>
/// <param name="transition">Which statements make a commit one; others bring nothing forward and are not counted.</param>
/// <param name="number">At which transition since <see cref="Arm"/>, from 1.</param>
/// <param name="after">The transition's commit still holds and its caller never hears of it; else it is lost.</param>
/// <param name="databases">How many the host has at least: the modules' and the probe's.</param>
public sealed class Death(Type module, Regex transition, int number, bool after, int databases = 2)
{
    readonly CancellationTokenSource _came = new();
    readonly ConditionalWeakTable<DbTransaction, object> _transitions = [];

    int _seen;
    volatile bool _armed;

    /// <summary>Cancelled when it has come.</summary>
    public CancellationToken Token => _came.Token;

    /// <summary>Whether it has come.</summary>
    public bool Came => _came.IsCancellationRequested;

    /// <summary>From now on transitions count: what a start commits is none.</summary>
    public void Arm() => _armed = true;

    /// <summary>Puts it into every database of a host that is being built.</summary>
    public void Watch(IServiceCollection services)
    {
        var contexts = services.Select(s => s.ServiceType).Where(t => !t.IsAbstract && typeof(ModuleDbContext).IsAssignableFrom(t)).Distinct().ToList();
        if (contexts.Count < databases) throw new InvalidOperationException($"The host has {contexts.Count} contexts, and should have one for the probe and one for each module: {databases}.");
        foreach (var context in contexts)
            typeof(Death).GetMethod(nameof(WatchOne), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(context).Invoke(this, [services]);
        // The dead put nothing in order, and say nothing.
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.Zero);
        services.AddLogging(l => l.ClearProviders());
    }

    void WatchOne<T>(IServiceCollection services) where T : DbContext => services.ConfigureDbContext<T>(o => o.AddInterceptors(new Commits(this), new Commands(this)));

    void RefuseIfDead()
    {
        if (Came) throw new DiedException();
    }

    void Look(DbCommand command, DbContext? db)
    {
        RefuseIfDead();
        if (module.IsInstanceOfType(db) && command.Transaction is { } transaction && transition.IsMatch(command.CommandText)) _transitions.AddOrUpdate(transaction, this);
    }

    void Meet(DbTransaction transaction, bool committed)
    {
        RefuseIfDead();
        if (!_armed || committed != after || !_transitions.TryGetValue(transaction, out _) || Interlocked.Increment(ref _seen) != number) return;
        _came.Cancel();
        throw new DiedException();
    }

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
public sealed class DiedException() : Exception("The process was killed here.");
