using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Auth;

namespace ClaudeManage.Work.Consumers;

/// <summary>Who an event of Work's own is put down to.</summary>
static class Cause
{
    /// <summary>The person or agent behind the neighbour's event; Work itself where a part of the suite acted alone.</summary>
    public static Caller Of(RunEvent cause) =>
        ActorAddress.RoleOf(cause.Actor) == "system" ? Caller.System("work") : new Caller(cause.Actor, Roles.Operator, [], null, null);
}
