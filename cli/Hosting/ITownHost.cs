namespace ClaudeManage.Cli.Hosting;

/// <summary>Runs a town inside this process.</summary>
interface ITownHost
{
    /// <summary>Runs until it is stopped; returns its exit code. <paramref name="listening"/> is called once it answers.</summary>
    Task<int> RunAsync(string dataDirectory, int port, Func<Uri, Task> listening, CancellationToken ct);
}
