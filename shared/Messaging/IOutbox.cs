using ClaudeManage.Persistence;

namespace ClaudeManage.Messaging;

/// <summary>
/// Messages of a module, written as rows of its own database: they leave if and only if the transaction of the scope's
/// <typeparamref name="TDb"/> commits. Works alike in endpoints, timers and consumers.
/// </summary>
public interface IOutbox<TDb> where TDb : ModuleDbContext
{
    /// <summary>To every subscriber of the message's own type and of the interfaces it implements.</summary>
    Task PublishAsync<T>(T message, CancellationToken ct = default) where T : class;

    /// <summary>As <see cref="PublishAsync{T}"/>, not before <paramref name="dueAt"/>. The returned token cancels it.</summary>
    Task<Guid> ScheduleAsync<T>(T message, DateTimeOffset dueAt, CancellationToken ct = default) where T : class;

    /// <summary>As <see cref="ScheduleAsync{T}(T, DateTimeOffset, CancellationToken)"/>, with a token of the caller's, who need not remember it then. It must be new.</summary>
    Task ScheduleAsync<T>(T message, DateTimeOffset dueAt, Guid token, CancellationToken ct = default) where T : class;

    /// <summary>
    /// Withdraws a scheduled message, as part of the running transaction if there is one. A message that is on its way
    /// already still arrives: whoever receives it checks whether it is wanted.
    /// </summary>
    Task CancelAsync(Guid token, CancellationToken ct = default);
}
