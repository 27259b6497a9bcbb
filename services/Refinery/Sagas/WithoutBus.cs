using System.Reflection;
using MassTransit;
using MassTransit.Context;

namespace ClaudeManage.Refinery.Sagas;

/// <summary>
/// Lets a state machine of MassTransit run on a row that no message brought. It has nothing to publish or send with:
/// a behaviour that tried would fail, and messages go through the module's outbox.
/// </summary>
sealed class WithoutBus(CancellationToken ct) : MissingConsumeContext, ConsumeContext, PipeContext
{
    ReceiveContext ConsumeContext.ReceiveContext { get; } = DispatchProxy.Create<ReceiveContext, Nothing>();

    SerializerContext ConsumeContext.SerializerContext => null!;

    CancellationToken PipeContext.CancellationToken => ct;

    bool PipeContext.HasPayloadType(Type payloadType) => false;

    bool PipeContext.TryGetPayload<T>(out T payload)
    {
        payload = null!;
        return false;
    }

    // The context classes around a consume context read its receive context once, when they are made, and keep what they got.
    public class Nothing : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.ReturnType is { IsValueType: true } type && type != typeof(void) ? Activator.CreateInstance(type) : null;
    }
}
