namespace ClaudeManage.Hook.Sagas;

// Hook's messages to itself. A revision says of which state of the assignment they speak; older ones change nothing.

/// <summary>The assignment is queued and a supervisor shall run it.</summary>
sealed record DispatchRequested(Guid AssignmentId, long Revision, string RigId, string WorkItemId);

/// <summary>The scheduler gave it a slot; a node was told to start this session.</summary>
sealed record SlotGranted(Guid AssignmentId, long Revision, Guid SessionId, string NodeId);

/// <summary>A lease was granted on it.</summary>
sealed record DispatchLeased(Guid AssignmentId, long Revision);

/// <summary>Nothing is left to run: completed, released, exhausted or parked.</summary>
sealed record DispatchEnded(Guid AssignmentId, long Revision);

/// <summary>Due: no lease was taken in time for this session.</summary>
sealed record StartTimedOut(Guid AssignmentId, Guid SessionId);

/// <summary>An operator (or new settings) closed the circuit it waits behind.</summary>
sealed record CircuitClosed(Guid AssignmentId);

/// <summary>Due: the assignment's <c>not_before</c> has come.</summary>
sealed record AssignmentDue(Guid AssignmentId);

/// <summary>Due: has this lease been renewed?</summary>
sealed record LeaseCheck(Guid AssignmentId, long Fence);

/// <summary>Due: the gate of parked work opens.</summary>
sealed record GateCheck(Guid HandoffId);

/// <summary>Due: has somebody taken this handoff up?</summary>
sealed record HandoffCheck(Guid HandoffId);

/// <summary>Due: does this sling still wait for news of its item?</summary>
sealed record SlingOverdue(string WorkItemId, string PlanId, DateTimeOffset Since);

/// <summary>Due: run the reconciler.</summary>
sealed record ReconcileDue(Guid Chain);
