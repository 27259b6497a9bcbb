using ClaudeManage.Persistence;

namespace ClaudeManage.MessagingTests;

public sealed class WriteGateTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Prompt_writers_pass_first_and_the_patient_are_not_forgotten()
    {
        var gate = new WriteGate();
        await gate.EnterAsync(false, Ct);
        var passed = new List<string>();
        var waiting = new List<Task> { PassAsync("patient 1", true), PassAsync("patient 2", true) };
        waiting.AddRange(Enumerable.Range(1, 10).Select(i => PassAsync($"prompt {i}", false)));
        gate.Leave();
        await Task.WhenAll(waiting);
        Assert.Equal([.. Enumerable.Range(1, 8).Select(i => $"prompt {i}"), "patient 1", "prompt 9", "prompt 10", "patient 2"], passed);

        async Task PassAsync(string who, bool patient)
        {
            await gate.EnterAsync(patient, Ct);
            passed.Add(who);
            gate.Leave();
        }
    }

    [Fact]
    public async Task Who_gives_up_waiting_costs_nobody_the_turn()
    {
        var gate = new WriteGate();
        await gate.EnterAsync(true, Ct);
        using var impatience = new CancellationTokenSource();
        var given = gate.EnterAsync(false, impatience.Token).AsTask();
        var next = gate.EnterAsync(true, Ct).AsTask();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.False(next.IsCompleted);
        gate.Leave();
        await next;
        var last = gate.EnterAsync(false, Ct).AsTask();
        Assert.False(last.IsCompleted);
        gate.Leave();
        await last;
    }
}
