using ClaudeManage.Contracts.Identity;

namespace ClaudeManage.Contracts.Hook;

/// <summary>What an emergency stop reaches: <c>town</c>, <c>rig:id</c> or <c>convoy:id</c>.</summary>
public static class StopScope
{
    /// <summary>Everything.</summary>
    public const string Town = "town";

    /// <summary>One rig.</summary>
    public static string Rig(string id) => $"rig:{id}";

    /// <summary>One convoy, in whatever rigs.</summary>
    public static string Convoy(string id) => $"convoy:{id}";

    /// <summary>The rig it names; null when it names none.</summary>
    public static string? RigOf(string scope) => After(scope, "rig:");

    /// <summary>The convoy it names; null when it names none.</summary>
    public static string? ConvoyOf(string scope) => After(scope, "convoy:");

    /// <summary>Whether it has one of the three forms.</summary>
    public static bool IsValid(string? scope) =>
        scope == Town || (scope is not null && ((RigOf(scope) is { } rig && ActorAddress.IsPart(rig)) || (ConvoyOf(scope) is { } convoy && Ids.IsConvoy(convoy))));

    /// <summary>Whether work of this rig and convoy is in it.</summary>
    public static bool Holds(string scope, string? rigId, string? convoyId) =>
        scope == Town || (RigOf(scope) is { } rig ? rig == rigId : ConvoyOf(scope) is { } convoy && convoy == convoyId);

    static string? After(string scope, string prefix) => scope.StartsWith(prefix, StringComparison.Ordinal) ? scope[prefix.Length..] : null;
}

/// <summary><c>emergency-stop.ordered</c>: Nothing of this scope is claimed or started any more, and every node ends its sessions of it.</summary>
public sealed record EmergencyStopOrdered(RunEvent Event, string Scope, string? Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "emergency-stop.ordered";
}

/// <summary><c>emergency-stop.cleared</c>: No work of this scope is under a lease any more.</summary>
/// <param name="Seconds">Since it was ordered.</param>
/// <param name="TakenBack">Leases that had to be taken back, because nobody gave them back in time.</param>
public sealed record EmergencyStopCleared(RunEvent Event, string Scope, double Seconds, int TakenBack) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "emergency-stop.cleared";
}

/// <summary><c>emergency-stop.lifted</c>: Work of this scope may be started again.</summary>
public sealed record EmergencyStopLifted(RunEvent Event, string Scope, string? Reason) : IRunEvent
{
    /// <summary>The event's public name.</summary>
    public const string Type = "emergency-stop.lifted";
}
