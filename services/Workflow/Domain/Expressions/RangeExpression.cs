using System.Globalization;

namespace ClaudeManage.Workflow.Domain.Expressions;

/// <summary>A text that is no expression, with what is wrong about it.</summary>
sealed class ExpressionException(string message) : Exception(message);

/// <summary>
/// <c>a..b</c> with whole numbers, <c>+ - * / ^ ( )</c> (<c>^</c> binds to the right) and <c>{name}</c> or <c>{{name}}</c>. Every result stays
/// within ±1 000 000 000, so that no expression is work.
/// </summary>
sealed class RangeExpression
{
    const long Largest = 1_000_000_000;

    readonly string _text;
    readonly Func<string, string?> _value;
    int _at;
    int _depth;

    RangeExpression(string text, Func<string, string?> value) => (_text, _value) = (text, value);

    /// <summary>Both ends.</summary>
    /// <exception cref="ExpressionException">It is no range.</exception>
    public static (int From, int To) Evaluate(string range, Func<string, string?> value)
    {
        if (string.IsNullOrWhiteSpace(range)) throw new ExpressionException("empty range expression");
        var dots = range.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0) throw new ExpressionException($"invalid range format \"{range}\": expected start..end");
        var (from, to) = (Number(range[..dots], value), Number(range[(dots + 2)..], value));
        return to >= from ? (from, to) : throw new ExpressionException($"range end ({to}) is less than start ({from})");
    }

    static int Number(string text, Func<string, string?> value)
    {
        var expression = new RangeExpression(text, value);
        var result = expression.Sum();
        expression.Space();
        if (expression._at < text.Length) throw new ExpressionException($"unexpected character '{text[expression._at]}' in \"{text.Trim()}\"");
        return (int)result;
    }

    long Sum()
    {
        var left = Product();
        while (true)
        {
            if (Take('+')) left = Bound(left + Product());
            else if (Take('-')) left = Bound(left - Product());
            else return left;
        }
    }

    long Product()
    {
        var left = Sign();
        while (true)
        {
            if (Take('*')) left = Bound(left * Sign());
            else if (Take('/')) left = Sign() is not 0 and var by ? left / by : throw new ExpressionException("division by zero");
            else return left;
        }
    }

    long Sign() => Take('-') ? -Sign() : Power();

    long Power()
    {
        var left = Atom();
        if (!Take('^')) return left;
        var exponent = Sign();
        if (exponent < 0) throw new ExpressionException("a negative exponent gives no whole number");
        long result = 1;
        for (var i = 0L; i < exponent && result != 0 && left is not (0 or 1); i++) result = left == -1 ? (exponent % 2 == 0 ? 1 : -1) : Bound(result * left);
        return left == 0 && exponent > 0 ? 0 : result;
    }

    long Atom()
    {
        if (++_depth > 200) throw new ExpressionException("the expression is nested too deep");
        try
        {
            if (Take('('))
            {
                var inner = Sum();
                return Take(')') ? inner : throw new ExpressionException("a ) is missing");
            }
            if (Take('{')) return Variable();
            Space();
            var start = _at;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
            if (_at == start) throw new ExpressionException(_at < _text.Length ? $"unexpected character '{_text[_at]}' in \"{_text.Trim()}\"" : $"a number is missing at the end of \"{_text.Trim()}\"");
            return Whole(_text[start.._at]);
        }
        finally
        {
            _depth--;
        }
    }

    long Variable()
    {
        var twice = Take('{');
        var end = _text.IndexOf('}', _at);
        if (end < 0) throw new ExpressionException("a } is missing");
        var name = _text[_at..end].Trim();
        _at = end + 1;
        if (twice && !Take('}')) throw new ExpressionException("a } is missing");
        return Whole(_value(name) is { Length: > 0 } text ? text : throw new ExpressionException($"the variable \"{name}\" has no value"));
    }

    static long Whole(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Bound(number)
        : throw new ExpressionException($"\"{text}\" is no whole number");

    static long Bound(long value) => Math.Abs(value) <= Largest ? value : throw new ExpressionException($"a number beyond {Largest}");

    bool Take(char c)
    {
        Space();
        if (_at >= _text.Length || _text[_at] != c) return false;
        _at++;
        return true;
    }

    void Space()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
    }
}
