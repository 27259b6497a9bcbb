namespace ClaudeManage.CrashHost;

/// <summary>What every event of the test town implements, as IRunEvent is in the product.</summary>
public interface ITownEvent
{
    int N { get; }
}

public sealed record Ping(int N, string? Text = null, Colour Colour = Colour.DarkRed) : ITownEvent;
public sealed record Pong(int N) : ITownEvent;
public sealed record Poison(int N);
public sealed record Flaky(int N);
public sealed record Numbered(int N);
/// <summary>For measurements: one row in each of the three modules.</summary>
public sealed record Tick(int N);
public sealed record OpenJob(Guid JobId);
public sealed record StepJob(Guid JobId, int N);
public sealed record CloseJob(Guid JobId);
public sealed record JobOverdue(Guid JobId);

public enum Colour { DarkRed, LightBlue }
