using System.Diagnostics;
using System.Globalization;
using ClaudeManage.Client;

namespace ClaudeManage.Bench;

/// <summary>A running town, and the process that <c>cm</c> started it with.</summary>
sealed class BenchTown(Process process, TownClient client, TimeSpan coldStart) : IAsyncDisposable
{
    /// <summary>As the overseer.</summary>
    public TownClient Client { get; } = client;

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan ColdStart { get; } = coldStart;

    /// <summary>Of the process; that of a stack's keeper where the town is many.</summary>
    public int ProcessId => process.Id;

    /// <summary>Processor time used so far, user and system.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in millions of bytes, as the budgets are given.</summary>
    public double ResidentMB
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1e6;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])!;
            await kill.WaitForExitAsync();
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }
}
