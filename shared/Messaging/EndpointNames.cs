using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>
/// Queue names carry the module, and of one that runs differently on every machine the machine's name. By default a queue is called after the consumer's class alone; two modules with a
/// consumer of the same name would share one queue on RabbitMQ and get half of the messages each.
/// </summary>
public static class EndpointNames
{
    public static string OfConsumer(string prefix, Type consumer) => $"{prefix}-{Kebab(consumer, "Consumer")}";
    public static string OfSaga(string prefix, Type state) => $"{prefix}-{Kebab(state, "State")}";

    static string Kebab(Type type, string suffix)
    {
        var name = type.Name.EndsWith(suffix, StringComparison.Ordinal) ? type.Name[..^suffix.Length] : type.Name;
        return KebabCaseEndpointNameFormatter.Instance.SanitizeName(name);
    }
}
