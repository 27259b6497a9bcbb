using System.Collections.Concurrent;

namespace ClaudeManage.Git;

/// <summary>One holder per mirror directory: first within this process, then by a locked file among the processes of this machine. The kernel releases the file when a holder dies.</summary>
sealed class MirrorLock : IAsyncDisposable
{
    static readonly ConcurrentDictionary<string, SemaphoreSlim> Gates = new();
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    readonly SemaphoreSlim gate;
    readonly FileStream file;

    MirrorLock(SemaphoreSlim gate, FileStream file) => (this.gate, this.file) = (gate, file);

    public static async Task<IAsyncDisposable> TakeAsync(string directory, TimeProvider time, CancellationToken ct)
    {
        var gate = Gates.GetOrAdd(directory, _ => new(1, 1));
        await gate.WaitAsync(ct);
        try
        {
            while (true)
            {
                try { return new MirrorLock(gate, new(directory + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)); }
                catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException)) { await Task.Delay(Poll, time, ct); }
            }
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        gate.Release();
    }
}
