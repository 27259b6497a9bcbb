namespace ClaudeManage.Convoy.Sagas;

// Convoy's messages to itself.

/// <summary>An item of this convoy changed: see whether it lands, opens again or gets on.</summary>
sealed record EvaluateConvoy(string ConvoyId);

/// <summary>Due: does it land in time? Wanted only while the convoy has this token.</summary>
sealed record ConvoyDeadlineDue(string ConvoyId, Guid Token);

/// <summary>Due: does it get on? Wanted only while the convoy has this token.</summary>
sealed record ConvoyCheckDue(string ConvoyId, Guid Token);
