using System.Diagnostics;
using System.Globalization;

namespace ClaudeManage.Journeys.Stack;

/// <summary>SIGSTOP of a process, until it is disposed: SIGCONT.</summary>
sealed class Freeze : IAsyncDisposable
{
    readonly string _who;

    Freeze(string who) => _who = who;

    /// <param name="id">A process, or with a negative number a whole process group.</param>
    public static async Task<Freeze> OfAsync(int id)
    {
        var freeze = new Freeze(id.ToString(CultureInfo.InvariantCulture));
        await freeze.SendAsync("-STOP");
        return freeze;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await SendAsync("-CONT");

    async Task SendAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, "--", _who])!;
        await kill.WaitForExitAsync();
        Assert.True(kill.ExitCode == 0, $"kill {signal} {_who} ended with {kill.ExitCode}");
    }
}
