using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Saga;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Messaging;

/// <summary>
/// Keeps saga instances as rows of the module's database, in the transaction of the inbox, with a version that every
/// update raises. A conflict surfaces as an exception and is retried outside, from a fresh read.
/// </summary>
sealed class SagaRepository<TDb, TSaga>(TDb db) : ISagaRepositoryContextFactory<TSaga>,
    ILoadSagaRepositoryContextFactory<TSaga>, IQuerySagaRepositoryContextFactory<TSaga>
    where TDb : ModuleDbContext where TSaga : class, ISagaVersion
{
    public void Probe(ProbeContext context) => context.Add("persistence", "ef-core");

    public Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next) where T : class =>
        db.TransactAsync(_ => next.Send(new SagaRepositoryContext<TDb, TSaga, T>(db, context)), context.CancellationToken);

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<TSaga> query, IPipe<SagaRepositoryQueryContext<TSaga, T>> next) where T : class =>
        db.TransactAsync(async ct =>
        {
            IList<TSaga> found = await db.Set<TSaga>().Where(query.FilterExpression).ToListAsync(ct);
            await next.Send(new LoadedSagaRepositoryQueryContext<TSaga, T>(new SagaRepositoryContext<TDb, TSaga, T>(db, context), found));
        }, context.CancellationToken);

    public Task<T> Execute<T>(Func<LoadSagaRepositoryContext<TSaga>, Task<T>> asyncMethod, CancellationToken cancellationToken = default) where T : class =>
        asyncMethod(new Reader(db, cancellationToken));

    public Task<T> Execute<T>(Func<QuerySagaRepositoryContext<TSaga>, Task<T>> asyncMethod, CancellationToken cancellationToken = default) where T : class =>
        asyncMethod(new Reader(db, cancellationToken));

    sealed class Reader(TDb db, CancellationToken ct) : BasePipeContext(ct), LoadSagaRepositoryContext<TSaga>, QuerySagaRepositoryContext<TSaga>
    {
        public Task<TSaga> Load(Guid correlationId) =>
            db.Set<TSaga>().AsNoTracking().SingleOrDefaultAsync(x => x.CorrelationId == correlationId, CancellationToken)!;

        public async Task<SagaRepositoryQueryContext<TSaga>> Query(ISagaQuery<TSaga> query, CancellationToken cancellationToken) =>
            new DefaultSagaRepositoryQueryContext<TSaga>(this,
                await db.Set<TSaga>().Where(query.FilterExpression).Select(x => x.CorrelationId).ToListAsync(cancellationToken));
    }
}

sealed class SagaRepositoryContext<TDb, TSaga, T>(TDb db, ConsumeContext<T> context) : ConsumeContextScope<T>(context, db), SagaRepositoryContext<TSaga, T>
    where TDb : ModuleDbContext where TSaga : class, ISagaVersion where T : class
{
    readonly ConsumeContext<T> _context = context;

    public Task<SagaConsumeContext<TSaga, T>> Add(TSaga instance) => Wrap(instance);

    public async Task<SagaConsumeContext<TSaga, T>> Load(Guid correlationId) =>
        await db.Set<TSaga>().SingleOrDefaultAsync(x => x.CorrelationId == correlationId, CancellationToken) is { } saga ? await Wrap(saga) : null!;

    // Inserting ahead is an optimisation that needs savepoints on PostgreSQL. Declined: the policy then loads or adds.
    public Task<SagaConsumeContext<TSaga, T>> Insert(TSaga instance) => Task.FromResult<SagaConsumeContext<TSaga, T>>(null!);

    public Task Save(SagaConsumeContext<TSaga> context)
    {
        db.Add(context.Saga);
        return db.SaveChangesAsync(CancellationToken);
    }

    public Task Update(SagaConsumeContext<TSaga> context)
    {
        context.Saga.Version++;
        return db.SaveChangesAsync(CancellationToken);
    }

    public Task Delete(SagaConsumeContext<TSaga> context)
    {
        db.Remove(context.Saga);
        return db.SaveChangesAsync(CancellationToken);
    }

    public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task Undo(SagaConsumeContext<TSaga> context)
    {
        db.Entry(context.Saga).State = EntityState.Unchanged;
        return Task.CompletedTask;
    }

    public Task<SagaConsumeContext<TSaga, TMessage>> CreateSagaConsumeContext<TMessage>(ConsumeContext<TMessage> consumeContext, TSaga instance, SagaConsumeContextMode mode)
        where TMessage : class => Task.FromResult<SagaConsumeContext<TSaga, TMessage>>(new DefaultSagaConsumeContext<TSaga, TMessage>(consumeContext, instance));

    Task<SagaConsumeContext<TSaga, T>> Wrap(TSaga saga) =>
        Task.FromResult<SagaConsumeContext<TSaga, T>>(new DefaultSagaConsumeContext<TSaga, T>(_context, saga));
}

static class SagaRepositoryRegistration
{
    public static void ModuleRepository<TDb, TSaga>(this ISagaRegistrationConfigurator<TSaga> saga) where TDb : ModuleDbContext where TSaga : class, ISagaVersion =>
        saga.Repository(r =>
        {
            r.RegisterLoadSagaRepository<TSaga, SagaRepository<TDb, TSaga>>();
            r.RegisterQuerySagaRepository<TSaga, SagaRepository<TDb, TSaga>>();
            r.RegisterSagaRepository<TSaga, TDb, SagaConsumeContextFactory<TDb, TSaga>, SagaRepository<TDb, TSaga>>();
        });
}
