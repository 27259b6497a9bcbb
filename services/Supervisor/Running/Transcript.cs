using System.Text;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.Supervisor.Running;

/// <summary>Follows a session's output file: its size, the worker's own reports in it, and its end.</summary>
sealed class Transcript(string path)
{
    const int ReadAtOnce = 256 * 1024;
    const int Tail = 4 * 1024;

    readonly ProgressReader _progress = new();
    readonly RepeatCounter _repeats = new();
    readonly byte[] _buffer = new byte[ReadAtOnce];
    long _read;

    /// <summary>Bytes on disk.</summary>
    public long Length { get; private set; }

    public string? Progress => _progress.Latest;

    /// <summary>Lines in a row that were printed shortly before.</summary>
    public int Repeats => _repeats.InARow;

    /// <summary>Looks what came since. True when there is more than before.</summary>
    public bool Look()
    {
        var length = LengthOf(path);
        if (length == Length) return false;
        Length = length;
        try
        {
            using var file = Open(path);
            // A flood is not read as a whole: what matters is at its end, and memory stays what it is.
            if (length - _read > ReadAtOnce) _read = length - ReadAtOnce;
            if (length < _read) _read = length;
            file.Seek(_read, SeekOrigin.Begin);
            var count = file.ReadAtLeast(_buffer.AsSpan(0, (int)(length - _read)), (int)(length - _read), throwOnEndOfStream: false);
            _progress.Feed(_buffer.AsSpan(0, count));
            _repeats.Feed(_buffer.AsSpan(0, count));
            _read += count;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* looked at again next time */ }
        return true;
    }

    /// <summary>Cuts a file that grew beyond its limit before its writer could be stopped.</summary>
    public void Cut(long limit)
    {
        if (LengthOf(path) <= limit) return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(limit);
        file.Seek(0, SeekOrigin.End);
        file.Write(Encoding.UTF8.GetBytes($"\n[… output over {limit} bytes left out …]\n"));
        Length = file.Length;
    }

    /// <summary>The last lines, without control characters, for a reason shown to people.</summary>
    public string ReadTail() => new string([.. ReadEnd(0, Tail).Where(c => c is '\n' or '\t' || !char.IsControl(c))]).Trim('\uFFFD', '\n', ' ');

    /// <summary>At most so many of the last bytes, none before <paramref name="from"/>.</summary>
    public string ReadEnd(long from, int most)
    {
        try
        {
            using var file = Open(path);
            var count = (int)Math.Clamp(file.Length - from, 0, most);
            file.Seek(-count, SeekOrigin.End);
            var bytes = new byte[count];
            file.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }

    public static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }
}
