namespace ClaudeManage.Client;

/// <summary>No answer from the town: it does not run, is at another address, or the connection broke. Repeating may help.</summary>
public sealed class TownUnreachableException(Uri? town, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Where it was looked for.</summary>
    public Uri? Town { get; } = town;
}
