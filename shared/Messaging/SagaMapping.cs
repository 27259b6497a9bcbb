using ClaudeManage.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.Messaging;

public static class SagaMapping
{
    /// <summary>Key and optimistic concurrency of a saga's row. Start refuses a saga that was mapped without it.</summary>
    public static EntityTypeBuilder<TState> IsSaga<TState>(this EntityTypeBuilder<TState> row) where TState : class, SagaStateMachineInstance, ISagaVersion
    {
        row.HasKey(x => x.CorrelationId);
        row.Property(x => x.CorrelationId).ValueGeneratedNever();
        row.Property(x => x.Version).IsConcurrencyToken();
        return row;
    }

    internal static void Check<TDb, TState>(IServiceProvider services) where TDb : ModuleDbContext where TState : class, SagaStateMachineInstance, ISagaVersion
    {
        using var scope = services.CreateScope();
        var row = scope.ServiceProvider.GetRequiredService<TDb>().Model.FindEntityType(typeof(TState));
        var isSaga = row?.FindPrimaryKey()?.Properties is [{ Name: nameof(ISaga.CorrelationId) }]
            && row.FindProperty(nameof(ISagaVersion.Version)) is { IsConcurrencyToken: true };
        if (!isSaga) throw new InvalidOperationException($"{typeof(TState).Name} is not mapped as a saga in {typeof(TDb).Name}: call IsSaga() on its entity. Without it two events at once would overwrite each other.");
    }
}

/// <summary>Looks at the endpoints' mappings before the first message can come.</summary>
sealed class PlanChecks(BusPlan plan, IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var endpoint in plan.Endpoints.Values) endpoint.Check(services);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
