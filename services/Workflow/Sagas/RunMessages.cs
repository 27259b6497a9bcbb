namespace ClaudeManage.Workflow.Sagas;

// Workflow's messages to itself, all due at a time. Whoever receives one looks whether it is still wanted.

/// <summary>Due: a failed step is tried again.</summary>
sealed record StepRetryDue(string RootItemId, string StepId, int Attempt);

/// <summary>Due: has the step ended in time?</summary>
sealed record StepTimeoutDue(string RootItemId, string StepId, int Attempt);

/// <summary>Due: a timer opens, or a gate has waited long enough.</summary>
sealed record GateDue(string RootItemId, Guid GateId);
