using MassTransit;

namespace ClaudeManage.Messaging;

/// <summary>
/// Queue names carry the module. By default a queue is called after the consumer's class alone; two modules with a
/// consumer of the same name would share one queue on RabbitMQ and get half of the messages each.
/// </summary>
public static class EndpointNames
{
    public static string OfConsumer(string module, Type consumer) => $"{module}-{Kebab(consumer, "Consumer")}";
    public static string OfSaga(string module, Type state) => $"{module}-{Kebab(state, "State")}";

    static string Kebab(Type type, string suffix)
    {
        var name = type.Name.EndsWith(suffix, StringComparison.Ordinal) ? type.Name[..^suffix.Length] : type.Name;
        return KebabCaseEndpointNameFormatter.Instance.SanitizeName(name);
    }
}
