using ClaudeManage.Persistence;
using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>What a module subscribes; handed to it once, when the bus is put together.</summary>
public interface IModuleBus
{
    /// <summary>
    /// Endpoint <c>&lt;module&gt;-&lt;consumer&gt;</c>. Consumer, inbox row and outgoing messages share one transaction of
    /// <typeparamref name="TDb"/>; failures are retried at once, then by due rows, then dead-lettered.
    /// </summary>
    /// <param name="concurrency">Messages at a time; more than one gives up their order.</param>
    void Consumer<TDb, TConsumer>(int concurrency = 1) where TDb : ModuleDbContext where TConsumer : class, IConsumer;

    /// <summary>Endpoint <c>&lt;module&gt;-&lt;state without "State"&gt;</c>; the instance row lives in <typeparamref name="TDb"/>, see <see cref="SagaMapping"/>.</summary>
    void Saga<TDb, TMachine, TState>() where TDb : ModuleDbContext where TMachine : class, SagaStateMachine<TState> where TState : class, SagaStateMachineInstance, ISagaVersion;
}
