namespace ClaudeManage.Contracts;

/// <summary>
/// The header every event carries; the trail is written from it. <see cref="Type"/> is the event's
/// public name (<c>work-item.closed</c>), stable for readers outside the suite.
/// </summary>
/// <param name="EventId">Made by the publisher before the first write; the trail keeps one row per id.</param>
/// <param name="Type">Lower case, <c>entity.verb</c>; the full list is in docs/events.md.</param>
/// <param name="Actor">The address of whoever caused it, always taken from the caller's token.</param>
/// <param name="EmittedAt">UTC, microseconds.</param>
public sealed record RunEvent(
    Guid EventId,
    string Type,
    string Actor,
    DateTimeOffset EmittedAt,
    string? WorkItemId = null,
    string? RigId = null,
    string? WorkflowInstanceId = null,
    string? ConvoyId = null);

/// <summary>
/// A fact that belongs in the trail. Implemented by every event and by no command, so that one
/// consumer can subscribe to all of them.
/// </summary>
public interface IRunEvent
{
    /// <summary>Who, what, when.</summary>
    RunEvent Event { get; }
}
