using ClaudeManage.Contracts;

namespace ClaudeManage.Work.Domain;

/// <summary>Where an event stands among those published for readers outside: <c>service.entity.event.rig</c>.</summary>
static class EventAddress
{
    const string None = "-", Unknown = "unknown";

    static readonly Dictionary<string, string> ServiceOfType = typeof(IRunEvent).Assembly.GetTypes()
        .Where(t => t.IsAssignableTo(typeof(IRunEvent)) && !t.IsInterface)
        .ToDictionary(t => (string)t.GetField("Type")!.GetRawConstantValue()!, t => t.Namespace!.Split('.')[^1].ToLowerInvariant());

    static readonly Dictionary<string, string> ServiceOfEntity = ServiceOfType.GroupBy(p => p.Key.Split('.')[0]).ToDictionary(g => g.Key, g => g.First().Value);

    /// <summary>The service that publishes events of a type. A type newer than this program is told by its entity.</summary>
    public static string ServiceOf(string eventType) =>
        ServiceOfType.GetValueOrDefault(eventType) ?? ServiceOfEntity.GetValueOrDefault(eventType.Split('.')[0]) ?? Unknown;

    /// <summary>The routing key; <c>-</c> where there is no rig.</summary>
    public static string RoutingKey(string eventType, string? rigId) => $"{ServiceOf(eventType)}.{eventType}.{rigId ?? None}";
}
