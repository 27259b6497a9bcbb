using ClaudeManage.Town;

namespace ClaudeManage.Cli.Hosting;

/// <summary>The real one.</summary>
sealed class EmbeddedTown : ITownHost
{
    public Task<int> RunAsync(string dataDirectory, int port, Func<Uri, Task> listening, CancellationToken ct) =>
        TownHost.RunAsync(new TownHostOptions(dataDirectory, port), ct, listening);
}
