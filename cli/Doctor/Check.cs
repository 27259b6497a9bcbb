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

/// <summary>What would put a finding right.</summary>
/// <param name="Will">What it will do, in a sentence.</param>
/// <param name="RunAsync">Does it, and says how it is taken back; null where nothing needs to be, or can be.</param>
/// <param name="CanUndo">Whether it can be taken back; known before it is done.</param>
sealed record Fix(string Will, Func<CancellationToken, Task<IReadOnlyList<UndoStep>>> RunAsync, bool CanUndo);

/// <summary>One check's result.</summary>
/// <param name="Looked">What was looked at.</param>
/// <param name="Action">What to do; null when there is nothing to do.</param>
/// <param name="Fix">What <c>--fix</c> does about it; null where a person must.</param>
sealed record Finding(string Name, Verdict Verdict, string Looked, string Found, string? Action = null, Fix? Fix = null)
{
    public static Finding Ok(string name, string looked, string found) => new(name, Verdict.Ok, looked, found);

    public static Finding Failed(string name, string looked, string found, string action, Fix? fix = null) => new(name, Verdict.Failed, looked, found, action, fix);

    public static Finding Warning(string name, string looked, string found, string action, Fix? fix = null) => new(name, Verdict.Warning, looked, found, action, fix);

    public static Finding NotChecked(string name, string looked, string why) => new(name, Verdict.NotChecked, looked, why);
}

/// <summary>A named check; what it finds may be several things.</summary>
sealed record Check(string Name, Func<CancellationToken, Task<IReadOnlyList<Finding>>> RunAsync)
{
    public static Check Of(string name, Func<CancellationToken, Task<Finding>> run) => new(name, async ct => [await run(ct)]);

    public static Check Of(string name, Func<Finding> run) => new(name, _ => Task.FromResult<IReadOnlyList<Finding>>([run()]));
}
