namespace ClaudeManage.Supervisor.Domain;

/// <summary>
/// Counts lines in a row that stood among the last few before: whoever goes round in circles prints the same. Exactly the same, so that a
/// counter or a clock in the line makes it a new one; empty lines do not count.
/// </summary>
sealed class RepeatCounter
{
    const int Remembered = 32;
    const ulong Basis = 14695981039346656037, Prime = 1099511628211;      // FNV-1a

    readonly ulong[] _last = new ulong[Remembered];
    ulong _line = Basis;
    bool _hasText;
    int _next;

    /// <summary>So many lines since one that was new.</summary>
    public int InARow { get; private set; }

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (b == (byte)'\n') EndLine();
            else if (b != (byte)'\r')
            {
                _line = (_line ^ b) * Prime;
                _hasText |= b > (byte)' ';
            }
        }
    }

    void EndLine()
    {
        if (_hasText)
        {
            InARow = _last.AsSpan().Contains(_line) ? InARow + 1 : 0;
            _last[_next++ % Remembered] = _line;
        }
        (_line, _hasText) = (Basis, false);
    }
}
