namespace ClaudeManage.Faults;

/// <summary>Faults that a test switches on and off while services run: a file of that name in a directory.</summary>
public static class Planted
{
    /// <summary>Names the directory; without it no fault is even loaded.</summary>
    public const string Variable = "CM_TEST_FAULTS";

    /// <summary>Hook takes any token that is shown for an item as the one of its live lease.</summary>
    public const string FencingOff = "fencing-off";

    /// <summary>No service remembers which messages it has handled.</summary>
    public const string InboxOff = "inbox-off";

    /// <summary>Messages do not commit with what caused them: they are in memory until they leave a second later.</summary>
    public const string OutboxOff = "outbox-off";

    internal static string? Directory { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } directory ? directory : null;

    internal static bool IsOn(string fault) => File.Exists(Path.Combine(Directory!, fault));
}
