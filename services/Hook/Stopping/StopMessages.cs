namespace ClaudeManage.Hook.Stopping;

/// <summary>Due: is anything of this emergency stop's scope still under a lease?</summary>
sealed record StopLook(string Scope, Guid StopId, int Number);
