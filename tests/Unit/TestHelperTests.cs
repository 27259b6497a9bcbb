using ClaudeManage.Tests.Servers;
using Xunit.Sdk;

namespace ClaudeManage.Unit;

/// <summary>The helpers that all tests lean on can fail.</summary>
public class TestHelperTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eventually_asks_again_until_it_is_true()
    {
        var asked = 0;
        await Eventually.TrueAsync(() => ++asked == 3, TimeSpan.FromSeconds(10), "the third answer", Ct);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Eventually_fails_at_the_deadline_and_says_what_did_not_happen()
    {
        var failure = await Assert.ThrowsAsync<FailException>(
            () => Eventually.TrueAsync(() => Task.FromException<bool>(new InvalidOperationException("no broker")), TimeSpan.FromMilliseconds(50), "the convoy landed", Ct));
        Assert.Contains("the convoy landed", failure.Message);
        Assert.Contains("no broker", failure.Message);
    }

    [Fact]
    public async Task Eventually_does_not_wait_longer_for_a_condition_that_hangs()
    {
        var never = new TaskCompletionSource<bool>();
        await Assert.ThrowsAsync<FailException>(() => Eventually.TrueAsync(() => never.Task, TimeSpan.FromMilliseconds(50), "an answer", Ct));
    }

    [Fact]
    public async Task Eventually_ends_when_the_test_is_cancelled()
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var waiting = Eventually.TrueAsync(() => false, TimeSpan.FromMinutes(1), "never", cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void A_scratch_directory_goes_with_everything_in_it_but_not_with_what_a_link_points_to()
    {
        using var other = new ScratchDirectory();
        File.WriteAllText(other["kept"], "");
        var scratch = new ScratchDirectory();
        Directory.CreateDirectory(scratch["a", "b"]);
        File.WriteAllText(scratch["a", "b", "c"], "");
        File.SetAttributes(scratch["a", "b", "c"], FileAttributes.ReadOnly);
        Directory.CreateSymbolicLink(scratch["link"], other.Path);

        scratch.Dispose();

        Assert.False(Directory.Exists(scratch.Path));
        Assert.True(File.Exists(other["kept"]));
    }

    [Fact]
    public void Scratch_directories_are_never_shared()
    {
        using var one = new ScratchDirectory();
        using var two = new ScratchDirectory();
        Assert.NotEqual(one.Path, two.Path);
    }
}
