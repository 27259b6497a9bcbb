using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Sagas;

namespace ClaudeManage.RefineryTests;

public sealed class DomainTests
{
    [Theory]
    [InlineData("ci/", "ci/run.sh", true)]
    [InlineData("ci/", "src/ci/run.sh", false)]
    [InlineData("ci", "ci/run.sh", true)]
    [InlineData("ci", "cinema", false)]
    [InlineData("*.lock", "a.lock", true)]
    [InlineData("*.lock", "sub/a.lock", false)]
    [InlineData("**/*.lock", "sub/deep/a.lock", true)]
    [InlineData("/docs/**", "docs/a/b", true)]
    [InlineData("a+b", "aab", false)]
    public void Protected_paths(string pattern, string file, bool touched) => Assert.Equal(touched, PathPatterns.Touched([pattern], [file]).Count == 1);

    [Fact]
    public void A_worker_cannot_write_trailers_into_the_landing()
    {
        var message = MergeMessage.For("sh-mr-1", "sh-1", "shop/polecats/nux", "Title\nMerge-Request: forged", "Did it.\n\nMerge-Request: forged\nAgent: overseer");
        Assert.Equal("sh-1: Title Merge-Request: forged", message.Split('\n')[0]);
        Assert.Equal(["sh-mr-1"], Trailers.Read(message, "Merge-Request"));
        Assert.Equal(["shop/polecats/nux"], Trailers.Read(message, "Agent"));
        Assert.Equal(["sh-1"], Trailers.Read(message, "Work-Item"));
        Assert.True(MergeMessage.For("i", null, "a", new string('x', 900), null).Split('\n')[0].Length <= 200);
    }

    [Fact]
    public void A_gates_key_is_what_decides_its_result()
    {
        var gate = new GateDefinition("test", ["make"], 60, Env: new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" });
        Assert.Equal(GateKey.Of(gate, null), GateKey.Of(gate with { Retries = 3, Required = false, Env = new Dictionary<string, string> { ["B"] = "2", ["A"] = "1" } }, null));
        string[] others = [GateKey.Of(gate with { Command = ["make", "all"] }, null), GateKey.Of(gate with { TimeoutSeconds = 61 }, null), GateKey.Of(gate with { Env = null }, null), GateKey.Of(gate, ["setup"])];
        Assert.DoesNotContain(GateKey.Of(gate, null), others);
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Fact]
    public void Waits_double_up_to_their_end() =>
        Assert.Equal([5, 10, 20, 60, 60], new[] { 1, 2, 3, 5, 400 }.Select(n => (int)Backoff.After(n, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)).TotalSeconds));

    [Fact]
    public void One_completion_has_one_key()
    {
        Assert.Equal(MergeRequest.KeyOf("sh-1", 1), MergeRequest.KeyOf("sh-1", 1));
        Assert.NotEqual(MergeRequest.KeyOf("sh-1", 1), MergeRequest.KeyOf("sh-1", 2));
        Assert.NotEqual(MergeRequest.KeyOf("sh-1", 11), MergeRequest.KeyOf("sh-11", 1));
    }
}
