using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

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
}
