using System.Globalization;
using ClaudeManage.Git;

namespace ClaudeManage.Cli.Stack;

/// <summary>
/// Keeps a private server of a stack running: one that ends without having been asked to is started again, later and later. The services
/// wait for it meanwhile and go on by themselves.
/// </summary>
/// <param name="pidFile">Its first line names the server's process.</param>
/// <param name="restart">Ends what is left of it and starts it; returns when it serves.</param>
sealed class StackServerKeeper(string server, string pidFile, Func<Task> restart, TimeProvider clock, Action<string> say)
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Until <paramref name="stop"/>; a restart that has begun is finished.</summary>
    public async Task KeepAsync(CancellationToken stop)
    {
        var pause = Look;
        while (true)
        {
            await Task.Delay(pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            if (IsRunning() || await TryRestartAsync()) pause = Look;
            else pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    async Task<bool> TryRestartAsync()
    {
        say($"{server} has ended and is started again …");
        try
        {
            await restart();
            say($"{server} runs again");
            return true;
        }
        catch (Exception e) when (e is CommandFailedException or IOException or System.ComponentModel.Win32Exception)
        {
            say($"{server} cannot be started: {e.Message}");
            return false;
        }
    }

    bool IsRunning()
    {
        try
        {
            return File.Exists(pidFile) && int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && ProcessIdentity.Of(pid) is { } process && ProcessGroup.IsAlive(process);
        }
        // It is being written by the server that starts.
        catch (IOException) { return false; }
    }
}
