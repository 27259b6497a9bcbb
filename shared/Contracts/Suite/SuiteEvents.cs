namespace ClaudeManage.Contracts.Suite;

/// <summary>A message that one endpoint gave up on, as events speak of it.</summary>
/// <param name="Service">Whose endpoint it is.</param>
/// <param name="MessageType">Null when it could not be read.</param>
/// <param name="Cause">What went wrong, in one line.</param>
public sealed record DeadLetterFact(string Service, string Endpoint, Guid MessageId, string? MessageType, string Cause, string? WorkItemId, DateTimeOffset At);

/// <summary><c>dead-letter.replayed</c>: Somebody had a message delivered again that had been given up on.</summary>
public sealed record DeadLetterReplayed(RunEvent Event, DeadLetterFact Letter) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "dead-letter.replayed";
}

/// <summary><c>dead-letter.discarded</c>: Somebody decided that a message given up on is not wanted any more.</summary>
public sealed record DeadLetterDiscarded(RunEvent Event, DeadLetterFact Letter, string? Reason = null) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "dead-letter.discarded";
}
