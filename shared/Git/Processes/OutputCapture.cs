using System.Text;

namespace ClaudeManage.Git;

/// <summary>
/// Keeps the first and the last half of a limit: a parser needs the beginning, a person who asks why it failed the end.
/// </summary>
sealed class OutputCapture(int limit)
{
    readonly int half = Math.Max(1, limit / 2);
    readonly MemoryStream head = new();
    byte[] ring = [];
    long beyond;       // bytes that went past the head

    public bool Truncated => beyond > half;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var fits = (int)Math.Min(bytes.Length, half - head.Length);
        head.Write(bytes[..fits]);
        bytes = bytes[fits..];
        if (bytes.IsEmpty) return;
        if (ring.Length == 0) ring = new byte[half];
        if (bytes.Length > half)
        {
            beyond += bytes.Length - half;
            bytes = bytes[^half..];
        }
        var at = (int)(beyond % half);
        var first = Math.Min(bytes.Length, half - at);
        bytes[..first].CopyTo(ring.AsSpan(at));
        bytes[first..].CopyTo(ring);
        beyond += bytes.Length;
    }

    public override string ToString()
    {
        var start = Encoding.UTF8.GetString(head.GetBuffer(), 0, (int)head.Length);
        if (beyond == 0) return start;
        // Decoded in one piece when nothing is missing, so that a character on the seam stays whole.
        if (!Truncated) return Encoding.UTF8.GetString([.. head.ToArray(), .. ring.AsSpan(0, (int)beyond)]);
        var at = (int)(beyond % half);
        return $"{start}\n[… {beyond - half} bytes left out …]\n{Encoding.UTF8.GetString([.. ring.AsSpan(at), .. ring.AsSpan(0, at)])}";
    }
}

/// <summary>A log file that stops growing at a limit, with a line that says so.</summary>
sealed class CappedFile(string path, long limit) : IDisposable
{
    readonly FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    readonly Lock gate = new();
    long written;

    public bool Truncated { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (gate)      // both streams write here
        {
            var fits = (int)Math.Min(bytes.Length, limit - written);
            file.Write(bytes[..fits]);
            written += fits;
            if (fits < bytes.Length && !Truncated)
            {
                Truncated = true;
                file.Write(Encoding.UTF8.GetBytes($"\n[… output over {limit} bytes left out …]\n"));
            }
            file.Flush();
        }
    }

    public void Dispose()
    {
        lock (gate) file.Dispose();
    }
}
