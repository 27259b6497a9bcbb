using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using ClaudeManage.Contracts.Work;
using ClaudeManage.ServiceDefaults.Edge;

namespace ClaudeManage.Work.Features.Transfer;

/// <summary>The body of an import on disk, gone when closed: memory holds an index, whatever the size.</summary>
sealed class ImportSpool : IAsyncDisposable
{
    /// <summary>Longest line, in bytes.</summary>
    public const int MaxLine = 4 * 1024 * 1024;

    readonly FileStream _file = Open();

    /// <summary>Reads a body to its end; every line is checked as it passes.</summary>
    public async Task<ImportPlan> FillAsync(PipeReader body, CancellationToken ct)
    {
        var plan = new ImportPlan();
        var (number, offset) = (0L, 0L);
        while (true)
        {
            var read = await body.ReadAsync(ct);
            var rest = read.Buffer;
            while (NextLine(ref rest, read.IsCompleted) is { } line)
            {
                number++;
                if (line.Length > MaxLine) throw TooLong(number);
                var bytes = line.ToArray();
                if (bytes.AsSpan().Trim(" \t\r"u8).IsEmpty) continue;
                plan.Take(ImportLines.Read(bytes, number), new SpoolLine(number, offset, bytes.Length));
                await _file.WriteAsync(bytes, ct);
                offset += bytes.Length;
            }
            if (rest.Length > MaxLine) throw TooLong(number + 1);
            body.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted) break;
        }
        await _file.FlushAsync(ct);
        plan.Complete();
        return plan;
    }

    /// <summary>A line again, as it was checked.</summary>
    public async Task<ExportLine> ReadAsync(SpoolLine line, CancellationToken ct)
    {
        var bytes = new byte[line.Length];
        _file.Position = line.Offset;
        await _file.ReadExactlyAsync(bytes, ct);
        return JsonSerializer.Deserialize<ExportLine>(bytes, JsonSettings.Web)!;
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    static FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose, BufferSize = 64 * 1024 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(Path.GetTempPath(), $"claudemanage-import-{Guid.NewGuid():n}"), options);
    }

    static RefusalException TooLong(long number) => ImportLines.Refused(number, $"It is longer than {MaxLine} bytes");

    static ReadOnlySequence<byte>? NextLine(ref ReadOnlySequence<byte> rest, bool last)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            var line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return line;
        }
        if (!last || rest.IsEmpty) return null;
        var tail = rest;
        rest = rest.Slice(rest.End);
        return tail;
    }
}
