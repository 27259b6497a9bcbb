using System.Diagnostics;
using Xunit;

namespace ClaudeManage.Tests.Servers;

/// <summary>
/// Waits for something that happens elsewhere (another process, a consumer), with a deadline. The only place where
/// tests wait; whatever depends on the clock alone is tested by moving a fake clock.
/// </summary>
public static class Eventually
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Asks every 20 ms, at least once, until the answer is true; fails the test at the deadline with <paramref name="what"/>.
    /// An exception of the condition counts as "not yet" and is told at the deadline.
    /// </summary>
    /// <param name="standing">Asked at the deadline: where everything stands; becomes part of the message.</param>
    public static Task TrueAsync(Func<Task<bool>> condition, TimeSpan deadline, string what, CancellationToken ct = default, Func<Task<string>>? standing = null) =>
        ResultAsync<object>(async () => await condition() ? condition : null, deadline, what, ct, standing);

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, TimeSpan, string, CancellationToken)"/>
    public static Task TrueAsync(Func<bool> condition, TimeSpan deadline, string what, CancellationToken ct = default) =>
        TrueAsync(() => Task.FromResult(condition()), deadline, what, ct);

    /// <summary>The same for a value: returns the first one that is not null.</summary>
    public static async Task<T> ResultAsync<T>(Func<Task<T?>> find, TimeSpan deadline, string what, CancellationToken ct = default, Func<Task<string>>? standing = null) where T : class
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Interval);
        Exception? last = null;
        do
        {
            try
            {
                if (await find().WaitAsync(TimeSpan.FromTicks(Math.Max(Interval.Ticks, (deadline - clock.Elapsed).Ticks)), ct) is { } found)
                    return found;
                last = null;
            }
            catch (TimeoutException) when (last is not null && clock.Elapsed >= deadline)
            {
                // The last question was cut short by the deadline; the answer before it says more.
            }
            catch (Exception problem) when (problem is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                last = problem;
            }
        }
        while (clock.Elapsed < deadline && await timer.WaitForNextTickAsync(ct));

        Assert.Fail($"Not within {deadline.TotalSeconds:0.###} s: {what}" + (last is null ? "" : $" (last: {last.GetType().Name}: {last.Message})")
            + (standing is null ? "" : "\n" + await ToldAsync(standing)));
        throw last!;
    }

    static async Task<string> ToldAsync(Func<Task<string>> standing)
    {
        try
        {
            return await standing();
        }
        catch (Exception problem)
        {
            return $"where everything stands is not known: {problem.GetType().Name}: {problem.Message}";
        }
    }
}
