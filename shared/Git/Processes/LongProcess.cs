using System.Diagnostics;
using System.Text;

namespace ClaudeManage.Git;

/// <summary>
/// A running command whose output is handed on as it comes: agent sessions, and underneath <see cref="ProcessRunner"/>.
/// Memory use does not depend on how much it prints. When the command ends, what it left running is killed.
/// </summary>
public sealed class LongProcess : IAsyncDisposable
{
    readonly Process process;
    readonly ProcessSpec spec;
    readonly OutputHandler handler;
    readonly TimeProvider time;
    readonly long started;
    readonly SemaphoreSlim writing = new(1, 1);

    LongProcess(ProcessSpec spec, OutputHandler handler, TimeProvider time)
    {
        (this.spec, this.handler, this.time) = (spec, handler, time);
        Mark = spec.Mark ?? new(ProcessMark.RunVariable, Guid.NewGuid().ToString("N"));
        started = time.GetTimestamp();
        process = Launcher.Start(spec, Mark);
        Identity = ProcessIdentity.Of(process.Id) ?? ProcessIdentity.Ended(process.Id);
        Exited = WatchAsync();
    }

    /// <exception cref="ProcessStartException">The program or the directory does not exist, or may not be used.</exception>
    public static LongProcess Start(ProcessSpec spec, OutputHandler handler, TimeProvider? time = null) => new(spec, handler, time ?? TimeProvider.System);

    /// <summary>Pid, start time and boot: write it down before the work begins, a later stop or adoption goes by it.</summary>
    public ProcessIdentity Identity { get; }

    public int Pid => Identity.Pid;

    /// <summary>The mark its descendants carry.</summary>
    public ProcessMark Mark { get; }

    /// <summary>Done when the command has ended, its output is read to the end (or given up after the grace) and nothing of it is left. Never fails.</summary>
    public Task<ProcessExit> Exited { get; }

    /// <summary>Set when the output handler threw; the output is then read on and dropped, so that the command does not block.</summary>
    public Exception? HandlerError { get; private set; }

    public Task WriteAsync(string text, CancellationToken ct = default) => WriteAsync(Encoding.UTF8.GetBytes(text), ct);

    /// <summary>Writes to standard input, in the order of the calls. A command that does not read holds the call up until <paramref name="ct"/>.</summary>
    /// <exception cref="IOException">It no longer reads (ended, or closed its input).</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct = default)
    {
        await writing.WaitAsync(ct);
        try
        {
            var input = process.StandardInput.BaseStream;
            // A pipe write cannot be cancelled, only abandoned: it ends when the command reads or dies.
            await Task.Run(async () => { await input.WriteAsync(bytes, CancellationToken.None); await input.FlushAsync(CancellationToken.None); }, ct).WaitAsync(ct);
        }
        catch (ObjectDisposedException e) { throw new IOException("standard input is closed", e); }
        finally { writing.Release(); }
    }

    /// <summary>End of file for the command's standard input.</summary>
    public void CloseInput()
    {
        try { process.StandardInput.Close(); }
        catch (IOException) { /* it is gone already, and its input with it */ }
    }

    /// <summary>Stops it and all it started; when this returns clean, nothing of it is alive.</summary>
    public async Task<StopProof> StopAsync(StopLadder? ladder = null, CancellationToken ct = default)
    {
        var proof = await new ProcessGroup(time).StopAsync(Identity, Mark, ladder ?? StopLadder.Default, ct);
        if (!ProcessTable.HasProc && !process.HasExited) process.Kill(entireProcessTree: true);
        return proof;
    }

    /// <summary>Kills what is still running.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted) await StopAsync(StopLadder.Fast);
        await Exited;
        process.Dispose();
        writing.Dispose();
    }

    async Task<ProcessExit> WatchAsync()
    {
        var pumps = Task.WhenAll(
            PumpAsync(ProcessStream.Output, process.StandardOutput.BaseStream),
            PumpAsync(ProcessStream.Error, process.StandardError.BaseStream));
        await process.WaitForExitAsync();
        var duration = time.GetElapsedTime(started);
        await EndsWithin(pumps, spec.DrainGrace);
        var left = ProcessGroup.Members(Identity, Mark).Count;
        if (left > 0) await new ProcessGroup(time).StopAsync(Identity, Mark, StopLadder.Fast);
        // Whoever still holds the pipe cleared its environment and left the session: not ours to find. The reader is given up.
        await EndsWithin(pumps, spec.DrainGrace);
        var code = process.ExitCode;
        return new(code, code > 128 && code < 128 + 65 ? code - 128 : null, duration, left);
    }

    async Task PumpAsync(ProcessStream stream, Stream pipe)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await pipe.ReadAsync(buffer)) > 0)
                await HandAsync(stream, buffer.AsMemory(0, read));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException) { /* closed under the reader: the end */ }
    }

    async ValueTask HandAsync(ProcessStream stream, ReadOnlyMemory<byte> bytes)
    {
        if (HandlerError is not null) return;
        try { await handler(stream, bytes); }
        catch (Exception e) { HandlerError = e; }
    }

    async Task EndsWithin(Task task, TimeSpan limit) => await Task.WhenAny(task, Task.Delay(limit, time));
}
