namespace ClaudeManage.Cli.Doctor;

/// <summary>How a check came out.</summary>
enum Verdict
{
    Ok,

    /// <summary>Works, and somebody should know.</summary>
    Warning,

    Failed,

    /// <summary>Could not be looked at; the finding says why. It counts neither as passed nor as failed.</summary>
    NotChecked,
}

/// <summary>One check's result.</summary>
/// <param name="Looked">What was looked at.</param>
/// <param name="Action">What to do; null when there is nothing to do.</param>
sealed record Finding(string Name, Verdict Verdict, string Looked, string Found, string? Action = null)
{
    public static Finding Ok(string name, string looked, string found) => new(name, Verdict.Ok, looked, found);

    public static Finding Failed(string name, string looked, string found, string action) => new(name, Verdict.Failed, looked, found, action);

    public static Finding Warning(string name, string looked, string found, string action) => new(name, Verdict.Warning, looked, found, action);

    public static Finding NotChecked(string name, string looked, string why) => new(name, Verdict.NotChecked, looked, why);
}
