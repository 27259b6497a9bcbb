using ClaudeManage.Git;

namespace ClaudeManage.GitTests;

public sealed class MergeTests : RepoTest
{
    [Fact]
    public async Task A_merge_has_both_parents_and_both_changes_and_is_the_same_again()
    {
        var mirror = await MirrorAsync();
        var (a, b) = (await Branch(mirror, "a", "a.txt", "a\n"), await Branch(mirror, "b", "b.txt", "b\n"));
        var builder = new MergeBuilder(mirror);
        var merged = await builder.MergeAsync(a, b, "Merge\n\nWork-Item: x", Bot, Noon, Ct);
        Assert.Equal(merged, await builder.MergeAsync(a, b, "Merge\n\nWork-Item: x", Bot, Noon, Ct));
        var info = await new History(mirror).CommitAsync(merged.Commit!, Ct);
        Assert.Equal([a, b], info.Parents);
        Assert.Equal(("Refinery", Noon, "Merge\n\nWork-Item: x"), (info.Committer.Name, info.CommittedAt, info.Message));
        Assert.Equal(("a", "b"), (await Show(mirror, merged.Commit!, "a.txt"), await Show(mirror, merged.Commit!, "b.txt")));
        Assert.Equal(merged.Commit, (await builder.MergeAsync(merged.Commit!, b, "again", Bot, Noon, Ct)).Commit);
    }

    [Fact]
    public async Task A_conflict_names_files_and_says_why()
    {
        var mirror = await MirrorAsync();
        var (a, b) = (await Branch(mirror, "a", "dir/sp ace", "a\n"), await Branch(mirror, "b", "dir/sp ace", "b\n"));
        var merged = await new MergeBuilder(mirror).MergeAsync(a, b, "m", Bot, Noon, Ct);
        Assert.False(merged.Ok);
        Assert.Equal(["dir/sp ace"], merged.Conflict!.ConflictFiles);
        Assert.Contains(merged.Conflict.Messages, m => m.StartsWith("CONFLICT (add/add)", StringComparison.Ordinal));
        await Assert.ThrowsAsync<GitException>(() => new MergeBuilder(mirror).MergeTreeAsync(a, new string('1', 40), Ct));
        await Assert.ThrowsAsync<ArgumentException>(() => new MergeBuilder(mirror).MergeTreeAsync(a, "--stdin", Ct));
    }

    [Fact]
    public async Task Squash_keeps_the_author_and_is_known_as_present()
    {
        var mirror = await MirrorAsync();
        var history = new History(mirror);
        var a = await Branch(mirror, "a", "a.txt", "a\n");
        await Branch(mirror, "b", "b.txt", "1\n");
        var b = await Commit(Clone, "b.txt", "2\n");
        await G(Clone, "push", "-q", "origin", "b");
        await mirror.FetchAsync(Ct);
        Assert.False(await history.PatchPresentAsync(a, b, Ct));
        var squashed = (await new MergeBuilder(mirror).SquashAsync(a, b, "all", Bot, Noon, Ct)).Commit!;
        var info = await history.CommitAsync(squashed, Ct);
        Assert.Equal((1, "Ann", "Refinery"), (info.Parents.Count, info.Author.Name, info.Committer.Name));
        Assert.True(await history.PatchPresentAsync(squashed, b, Ct));
        Assert.False(await history.IsAncestorAsync(b, squashed, Ct));
        Assert.Equal(2, await history.CommitsAheadAsync("refs/remotes/origin/main", b, Ct));
        Assert.Equal(["b.txt"], await history.ChangedFilesAsync(a, squashed, Ct));
        Assert.Equal([squashed, a], await history.FirstParentCommitsAsync(squashed, await history.MergeBaseAsync(a, b, Ct), ct: Ct));
    }

    [Fact]
    public async Task Rebase_replays_each_commit_and_revert_takes_it_back()
    {
        var mirror = await MirrorAsync();
        var (history, builder) = (new History(mirror), new MergeBuilder(mirror));
        var a = await Branch(mirror, "a", "a.txt", "a\n");
        var one = await Branch(mirror, "b", "b.txt", "1\n");
        var two = await Commit(Clone, "c.txt", "2\n", "second\n\nSigned-off-by: Ann");
        await G(Clone, "push", "-q", "origin", "b");
        await mirror.FetchAsync(Ct);
        var rebased = (await builder.RebaseAsync(a, two, Bot, Noon, "Work-Item: x", Ct)).Commit!;
        var tip = await history.CommitAsync(rebased, Ct);
        Assert.Equal(("Ann", "second\n\nSigned-off-by: Ann\nWork-Item: x"), (tip.Author.Name, tip.Message));
        Assert.Equal(a, (await history.CommitAsync(tip.Parents.Single(), Ct)).Parents.Single());
        Assert.True(await history.PatchPresentAsync(rebased, two, Ct));
        Assert.Equal("a", await Show(mirror, rebased, "a.txt"));
        var reverted = (await builder.RevertAsync(rebased, tip.Parents.Single(), "Revert", Bot, Noon, Ct)).Commit!;
        Assert.Equal(["b.txt"], await history.ChangedFilesAsync(rebased, reverted, Ct));
        Assert.NotEqual(one, two);
        var clash = await Branch(mirror, "clash", "b.txt", "other\n", from: "main");
        Assert.Equal(["b.txt"], (await builder.RebaseAsync(rebased, clash, Bot, Noon, ct: Ct)).Conflict!.ConflictFiles);
    }
}
