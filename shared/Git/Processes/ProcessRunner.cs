namespace ClaudeManage.Git;

/// <summary>
/// Runs a command to its end: setup commands, gates, git. Failures of the command are results, not exceptions; whatever
/// happened, nothing it started is running when the result is returned.
/// </summary>
public sealed class ProcessRunner(TimeProvider? time = null)
{
    readonly TimeProvider time = time ?? TimeProvider.System;

    /// <exception cref="OperationCanceledException">After the command and all it started was stopped.</exception>
    /// <exception cref="IOException">The output file cannot be written.</exception>
    public async Task<ProcessResult> RunAsync(ProcessSpec spec, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        var (stdout, stderr) = (new OutputCapture(spec.MaxCapturedBytes), new OutputCapture(spec.MaxCapturedBytes));
        using var file = spec.OutputFile is { } path ? new CappedFile(path, spec.MaxFileBytes) : null;
        var ended = false;      // output of an abandoned reader no longer counts

        ValueTask Take(ProcessStream stream, ReadOnlyMemory<byte> bytes)
        {
            var capture = stream == ProcessStream.Output ? stdout : stderr;
            lock (capture)
                if (!ended)
                {
                    capture.Add(bytes.Span);
                    file?.Write(bytes.Span);
                }
            return default;
        }

        LongProcess process;
        try { process = LongProcess.Start(spec, Take, time); }
        catch (ProcessStartException e) { return new(-1, "", e.Message, false, false, Started: false, TimeSpan.Zero, Reason: e.Message); }
        await using var running = process;

        using var reading = new CancellationTokenSource();
        var feeding = FeedAsync(process, spec.Input, reading.Token);
        var timedOut = false;
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(ct))
        {
            var first = await Task.WhenAny(process.Exited, Task.Delay(spec.Timeout, time, limit.Token));
            limit.Cancel();
            if (first != process.Exited)
            {
                timedOut = !ct.IsCancellationRequested;
                await process.StopAsync(spec.Ladder, CancellationToken.None);
            }
        }
        var exit = await process.Exited;
        reading.Cancel();
        await feeding;
        ct.ThrowIfCancellationRequested();
        if (process.HandlerError is { } broken) throw new IOException($"the output could not be written: {broken.Message}", broken);

        string text, errors;
        lock (stdout) { text = stdout.ToString(); ended = true; }
        lock (stderr) errors = stderr.ToString();
        if (exit.ExitCode is 126 or 127 && errors.StartsWith(Launcher.ExecFailed, StringComparison.Ordinal))
            return new(-1, "", errors, false, false, Started: false, exit.Duration, Reason: errors.Trim());
        return new(exit.ExitCode, text, errors, timedOut, stdout.Truncated || stderr.Truncated || file is { Truncated: true }, Started: true, exit.Duration, exit.Signal,
            timedOut ? $"stopped after {spec.Timeout.TotalSeconds:0.#} s" : null);
    }

    static async Task FeedAsync(LongProcess process, string? input, CancellationToken ct)
    {
        try { if (!string.IsNullOrEmpty(input)) await process.WriteAsync(input, ct); }
        catch (Exception e) when (e is IOException or OperationCanceledException) { /* a command need not read its input */ }
        process.CloseInput();
    }
}
