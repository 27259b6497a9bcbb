using System.Diagnostics;

namespace ClaudeManage.Tests.Servers;

/// <summary>
/// A server that tests may take down: the control script that <c>./test</c> wrote for it (rabbitmq.sh or postgres.sh).
/// All tests share the server, so what kills it belongs in a collection that runs alone, and starts it again at the end.
/// </summary>
/// <param name="first">Arguments before the verb, where the script is not made for one server.</param>
public sealed class ServerControl(string script, params string[] first)
{
    internal static ServerControl? FromEnvironment(string variable) =>
        TestServers.Environment(variable) is { } script ? new ServerControl(script) : null;

    /// <summary>Comes back on the same port with the same data; returns when it serves. Nothing happens when it runs.</summary>
    public Task StartAsync(CancellationToken ct) => RunAsync(ct, "start");

    /// <summary>An orderly stop; returns when it is gone.</summary>
    public Task StopAsync(CancellationToken ct) => RunAsync(ct, "stop");

    /// <summary>kill -9 of all its processes; returns when they are gone.</summary>
    public Task KillAsync(CancellationToken ct) => RunAsync(ct, "kill");

    /// <summary>Any verb of the script; returns what it printed.</summary>
    public async Task<string> RunAsync(CancellationToken ct, params string[] arguments)
    {
        // A server that the script starts inherits no pipe of ours: it would keep ReadToEnd waiting for as long as it lives.
        var start = new ProcessStartInfo(script, [.. first, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0
            ? (await output).Trim()
            : throw new InvalidOperationException($"{script} {string.Join(' ', arguments)} ended with {process.ExitCode}: {(await errors).Trim()}");
    }
}
