using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Hook.Domain;

namespace ClaudeManage.HookTests.Domain;

public sealed class SmallRulesTests
{
    static readonly string Sha = new('a', 40);

    [Fact]
    public void Names_are_unique_valid_and_begin_again_with_a_number()
    {
        var taken = new HashSet<string>();
        for (var i = 0; i < PolecatNames.List.Count * 3; i++)
        {
            var name = PolecatNames.Next(taken);
            Assert.True(ClaudeManage.Contracts.Identity.ActorAddress.IsPart(name));
            Assert.True(taken.Add(name));
        }
        Assert.Contains($"{PolecatNames.List[0]}-2", taken);
        Assert.Contains($"{PolecatNames.List[^1]}-3", taken);
    }

    [Fact]
    public void A_token_has_128_bits_and_only_its_hash_is_kept()
    {
        var (one, two) = (LeaseToken.New(), LeaseToken.New());
        Assert.Equal(32, one.Text.Length);
        Assert.NotEqual(one.Text, two.Text);
        Assert.Equal(LeaseToken.HashOf(one.Text), one.Hash);
        Assert.DoesNotContain(one.Text, one.Hash, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("completed", MergeStrategy.Merge, true, true, null)]
    [InlineData("completed", MergeStrategy.Merge, false, true, "evidence-missing")]
    [InlineData("completed", MergeStrategy.Squash, true, false, "evidence-missing")]
    [InlineData("completed", MergeStrategy.Direct, false, true, null)]
    [InlineData("completed", MergeStrategy.Direct, false, false, "evidence-missing")]
    [InlineData("completed", MergeStrategy.None, false, false, null)]
    [InlineData("completed", MergeStrategy.Local, false, false, null)]
    [InlineData("failed", MergeStrategy.Merge, false, false, null)]
    [InlineData("no_change", MergeStrategy.Merge, false, false, "evidence-missing")]
    public void Done_needs_evidence(string outcome, MergeStrategy merge, bool branch, bool commit, string? code)
    {
        var done = new DoneRequest("t", System.Text.Json.JsonSerializer.Deserialize<CompletionOutcome>($"\"{outcome}\""), Branch: branch ? "cm/x/1" : null, Commit: commit ? Sha : null);
        Assert.Equal(code, Evidence.Missing(done, merge, "cm/x/1", [])?.Code);
    }

    [Fact]
    public void A_lease_hands_in_its_own_branch_only()
    {
        var done = new DoneRequest("t", CompletionOutcome.Completed, Branch: "cm/x/1", Commit: Sha);
        Assert.Contains("cm/x/2", Evidence.Missing(done, MergeStrategy.Merge, "cm/x/2", [])!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Acceptance_commands_need_results_that_are_zero()
    {
        var done = new DoneRequest("t", CompletionOutcome.Completed, Branch: "b", Commit: Sha, Acceptance: [new AcceptanceResult(0, 0)]);
        Assert.Null(Evidence.Missing(done, MergeStrategy.Merge, "b", [0]));
        Assert.Equal("evidence-missing", Evidence.Missing(done, MergeStrategy.Merge, "b", [0, 2])?.Code);
        Assert.Equal("acceptance-failed", Evidence.Missing(done with { Acceptance = [new AcceptanceResult(0, 3)] }, MergeStrategy.Merge, "b", [0])?.Code);
    }

    [Fact]
    public void Rank_keeps_the_bound_and_the_front()
    {
        var (step, then) = (TimeSpan.FromMinutes(10), DateTimeOffset.UnixEpoch.AddYears(56));
        Assert.True(Ageing.Rank(4, then, step) < Ageing.Rank(0, then.Add(4 * step).AddSeconds(1), step));
        Assert.True(Ageing.Rank(4, then, step) > Ageing.Rank(0, then.Add(4 * step).AddSeconds(-1), step));
        Assert.True(Ageing.Rank(4, then, step, front: true) < Ageing.Rank(0, then.AddYears(-20), step));
    }
}
