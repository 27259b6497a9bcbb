namespace ClaudeManage.Supervisor.Domain;

/// <summary>
/// Counts lines in a row that stood among the last few before: whoever goes round in circles prints the same. A time stamp, a duration, an attempt's
/// number or a hash does not make a line a new one; a share of a whole (<c>13/240</c>, <c>7 of 9</c>, <c>40%</c>) does, for that is progress. Empty lines do not count.
/// </summary>
sealed class RepeatCounter
{
    const int Remembered = 32, LongestLine = 2_048, ShortestHash = 6;
    const ulong Basis = 14695981039346656037, Prime = 1099511628211;      // FNV-1a

    readonly ulong[] _last = new ulong[Remembered];
    readonly byte[] _line = new byte[LongestLine];
    int _length, _next;

    /// <summary>So many lines since one that was new.</summary>
    public int InARow { get; private set; }

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (b == (byte)'\n') EndLine();
            // What comes behind the longest line's end is not compared.
            else if (b != (byte)'\r' && _length < LongestLine) _line[_length++] = b;
        }
    }

    void EndLine()
    {
        var line = _line.AsSpan(0, _length);
        _length = 0;
        if (line.IndexOfAnyExceptInRange((byte)0, (byte)' ') < 0) return;
        var hash = Hash(line);
        InARow = _last.AsSpan().Contains(hash) ? InARow + 1 : 0;
        _last[_next++ % Remembered] = hash;
    }

    static ulong Hash(ReadOnlySpan<byte> line)
    {
        var hash = Basis;
        for (var i = 0; i < line.Length;)
        {
            var end = i;
            while (end < line.Length && char.IsAsciiLetterOrDigit((char)line[end])) end++;
            if (end == i) hash = (hash ^ line[i++]) * Prime;
            else
            {
                if (Varies(line[i..end]) && !IsShare(line, i, end)) hash = (hash ^ (byte)'#') * Prime;
                else foreach (var b in line[i..end]) hash = (hash ^ b) * Prime;
                i = end;
            }
        }
        return hash;
    }

    /// <summary>A number, with or without a unit; part of a time; something like a hash.</summary>
    static bool Varies(ReadOnlySpan<byte> word) => char.IsAsciiDigit((char)word[0])
        || (word.Length >= ShortestHash && word.ContainsAnyInRange((byte)'0', (byte)'9') && IsHex(word));

    static bool IsHex(ReadOnlySpan<byte> word)
    {
        foreach (var b in word)
            if (!char.IsAsciiHexDigit((char)b)) return false;
        return true;
    }

    static bool IsShare(ReadOnlySpan<byte> line, int start, int end)
    {
        var before = line[..start];
        var after = line[end..];
        return after.StartsWith("%"u8)
            // 3/7, and not a date with its two strokes
            || (after.Length > 1 && after[0] == '/' && IsDigit(after[1]) && !before.EndsWith("/"u8) && !HasSecondStroke(after[1..]))
            || (before.Length > 1 && before[^1] == '/' && IsDigit(before[^2]) && !after.StartsWith("/"u8) && !HasStrokeBefore(before[..^1]))
            || (after.StartsWith(" of "u8) && after.Length > 4 && IsDigit(after[4])) || (before.EndsWith(" of "u8) && before.Length > 4 && IsDigit(before[^5]));
    }

    static bool IsDigit(byte b) => char.IsAsciiDigit((char)b);

    static bool HasSecondStroke(ReadOnlySpan<byte> rest) => rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var stop && rest[stop] == '/';

    static bool HasStrokeBefore(ReadOnlySpan<byte> rest) => rest.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var stop && rest[stop] == '/';
}
