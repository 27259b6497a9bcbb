using ClaudeManage.Git;

namespace ClaudeManage.GitTests;

public sealed class MirrorTests : RepoTest
{
    [Fact]
    public async Task Fetch_follows_the_origin_and_leaves_local_branches_alone()
    {
        var mirror = await MirrorAsync();
        var first = await mirror.ResolveAsync("main", Ct);
        await G(mirror.Directory, "update-ref", "refs/heads/main", first!);
        await G(mirror.Directory, "update-ref", "refs/heads/cm/a/1", first!);
        var gone = await Branch(mirror, "gone", "x", "1");
        Assert.Equal(gone, await mirror.ResolveAsync("gone", Ct));
        var second = await Commit(Clone, "y", "2");
        await G(Clone, "push", "-q", "origin", "HEAD:main", ":gone");
        await mirror.FetchAsync(Ct);
        Assert.Equal(second, await mirror.ResolveAsync("main", Ct));
        Assert.Null(await mirror.ResolveAsync("gone", Ct));
        Assert.Equal(first, await mirror.ResolveAsync("refs/heads/main", Ct));
        Assert.Equal(first, await mirror.ResolveAsync("cm/a/1", Ct));
        Assert.Null(await mirror.ResolveAsync("--upload-pack=x", Ct));
    }

    [Fact]
    public async Task A_crash_half_way_is_cleaned_up_and_a_damaged_mirror_put_aside()
    {
        var parent = At("mirrors");
        Directory.CreateDirectory(Path.Combine(parent, "rig.git.tmp-crashed"));
        Write(Path.Combine(parent, "rig.git"), "half", "x");
        var mirror = await MirrorAsync();
        Assert.NotNull(await mirror.ResolveAsync("main", Ct));
        Assert.False(Directory.Exists(Path.Combine(parent, "rig.git.tmp-crashed")));
        Assert.Equal("x", File.ReadAllText(Path.Combine(Directory.GetDirectories(parent, "rig.git.broken-*").Single(), "half")));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => mirror.EnsureAsync(Ct)));
    }

    [Theory]
    [InlineData("refs/remotes/origin/main.lock")]
    [InlineData("packed-refs.lock")]
    public async Task A_lock_that_a_killed_git_left_is_removed(string name)
    {
        var mirror = await MirrorAsync();
        await Branch(mirror, "gone", "x", "1");
        await G(mirror.Directory, "pack-refs", "--all");
        var second = await Commit(Clone, "y", "2");
        await G(Clone, "push", "-q", "origin", "HEAD:main", ":gone");
        Write(mirror.Directory, name, "");
        File.SetLastWriteTimeUtc(Path.Combine(mirror.Directory, name), DateTime.UnixEpoch);
        await mirror.FetchAsync(Ct);
        Assert.Equal((second, null), (await mirror.ResolveAsync("main", Ct), await mirror.ResolveAsync("gone", Ct)));
    }

    [Fact]
    public async Task A_lock_that_is_held_is_waited_for()
    {
        var mirror = await MirrorAsync();
        var second = await Commit(Clone, "y", "2");
        await G(Clone, "push", "-q", "origin", "HEAD:main");
        Write(mirror.Directory, "refs/remotes/origin/main.lock", "");
        // Much longer than git itself tries.
        await using var holder = LongProcess.Start(new("sh", ["-c", "sleep 2; rm refs/remotes/origin/main.lock"]) { WorkingDirectory = mirror.Directory }, (_, _) => default);
        await mirror.FetchAsync(Ct);
        Assert.Equal(second, await mirror.ResolveAsync("main", Ct));
    }

    [Fact]
    public async Task What_an_agent_planted_in_the_configuration_is_not_run()
    {
        var mirror = await MirrorAsync();
        var pwned = At("pwned");
        await G(mirror.Directory, "config", "remote.origin.url", $"ext::sh -c touch% {pwned}");
        await G(mirror.Directory, "config", "core.fsmonitor", $"touch {pwned}");
        await G(mirror.Directory, "config", "filter.x.clean", $"touch {pwned}");
        Write(mirror.Directory, "hooks/reference-transaction", $"#!/bin/sh\ntouch {pwned}\n");
        File.SetUnixFileMode(Path.Combine(mirror.Directory, "hooks/reference-transaction"), UnixFileMode.UserExecute | UnixFileMode.UserRead);
        await Branch(mirror, "b", "x", "1");
        Assert.NotNull(await mirror.ResolveAsync("b", Ct));
        Assert.False(File.Exists(pwned));
        Assert.DoesNotContain("filter", Read(mirror.Directory, "config"));
    }

    [Fact]
    public async Task Push_is_compare_and_swap()
    {
        var mirror = await MirrorAsync();
        var first = await mirror.ResolveAsync("main", Ct);
        var mine = await Branch(mirror, "mine", "x", "1");
        Assert.Equal(PushOutcome.Stale, (await mirror.PushAsync(mine, "refs/heads/main", null, Ct)).Outcome);
        Assert.True((await mirror.PushAsync(mine, "refs/heads/main", first, Ct)).Landed);
        Assert.True((await mirror.PushAsync(mine, "refs/heads/main", first, Ct)).Landed, "repeating is safe");
        await G(Clone, "checkout", "-q", "-B", "other", "main");
        var theirs = await Branch(mirror, "theirs", "z", "1");
        var stale = await mirror.PushAsync(theirs, "refs/heads/main", first, Ct);
        Assert.Equal(PushOutcome.Stale, stale.Outcome);
        Assert.Equal(mine, await mirror.RemoteRefAsync("refs/heads/main", Ct));
        var rewind = await mirror.PushAsync(theirs, "refs/heads/main", mine, Ct);
        Assert.Equal(PushOutcome.Refused, rewind.Outcome);
        Assert.True((await mirror.PushAsync(mine, "refs/heads/new", null, Ct)).Landed);
    }

    [Fact]
    public async Task Several_refs_move_together_or_not_at_all()
    {
        var mirror = await MirrorAsync();
        var first = await mirror.ResolveAsync("main", Ct);
        var mine = await Branch(mirror, "mine", "x", "1");
        var result = await mirror.PushAsync([new("refs/heads/a", null, mine), new("refs/heads/main", mine, mine), new("refs/heads/mine", first, first, AllowRewind: true)], Ct);
        Assert.False(result.Landed);
        Assert.Null(await mirror.RemoteRefAsync("refs/heads/a", Ct));
        Assert.True((await mirror.PushAsync([new("refs/heads/a", null, mine), new("refs/heads/main", first, mine)], Ct)).Landed);
    }

    [Fact]
    public async Task A_branch_is_deleted_only_as_known()
    {
        var mirror = await MirrorAsync();
        var first = await mirror.ResolveAsync("main", Ct);
        var mine = await Branch(mirror, "mine", "x", "1");
        Assert.Equal(PushOutcome.Stale, (await mirror.DeleteRemoteBranchAsync("mine", first!, Ct)).Outcome);
        Assert.True((await mirror.DeleteRemoteBranchAsync("mine", mine, Ct)).Landed);
        Assert.True((await mirror.DeleteRemoteBranchAsync("mine", mine, Ct)).Landed);
        await Assert.ThrowsAsync<ArgumentException>(() => mirror.DeleteRemoteBranchAsync("--all", mine, Ct));
    }

    [Fact]
    public async Task A_clean_checkout_of_the_target_moves_along_a_dirty_one_is_refused()
    {
        await MirrorAsync();
        await G(Clone, "checkout", "-q", "main");
        var mirror = new Mirror(At("mirrors", "own.git"), Clone, Git);
        await mirror.EnsureAsync(Ct);
        var main = await mirror.ResolveAsync("main", Ct);
        async Task<string> On(string parent, string text) => (await new MergeBuilder(mirror).CommitAsync(new((await G(Clone, "rev-parse", $"{await BlobTree(text)}")), [parent], "m", Bot, Noon, Bot, Noon), Ct));
        async Task<string> BlobTree(string text)
        {
            Write(At(), "blob", text);
            var blob = await G(mirror.Directory, "hash-object", "-w", At("blob"));
            return (await Git.RunAsync(new GitCall(mirror.Directory, "mktree") { Input = $"100644 blob {blob}\tREADME\n" }, Ct)).Trim();
        }
        var one = await On(main!, "moved\n");
        Assert.True((await mirror.PushAsync(one, "refs/heads/main", main, Ct)) is { Landed: true } ok, "clean");
        Assert.Equal("moved\n", Read(Clone, "README"));
        Write(Clone, "README", "unsaved\n");
        var refused = await mirror.PushAsync(await On(one, "again\n"), "refs/heads/main", one, Ct);
        Assert.Equal(PushOutcome.Refused, refused.Outcome);
        Assert.Contains("unstaged changes", refused.Message);
        Assert.Equal("unsaved\n", Read(Clone, "README"));
    }

    [Fact]
    public async Task An_origin_that_is_gone_answers_with_gits_words()
    {
        var mirror = await MirrorAsync();
        var main = await mirror.ResolveAsync("main", Ct);
        Directory.Move(Origin, At("elsewhere"));
        Assert.Contains("origin.git", (await Assert.ThrowsAsync<GitException>(() => mirror.FetchAsync(Ct))).Message);
        Assert.Equal(PushOutcome.Failed, (await mirror.PushAsync(main!, "refs/heads/x", null, Ct)).Outcome);
        await Assert.ThrowsAsync<GitException>(() => new Mirror(At("mirrors", "b.git"), Origin, Git).EnsureAsync(Ct));
        Assert.Empty(Directory.GetDirectories(At("mirrors"), "b.git*"));
    }

    [Fact]
    public async Task The_default_branch_or_why_there_is_none()
    {
        await MirrorAsync();
        async Task<(DefaultBranchKind, string?)> Detect(string url) => await DefaultBranch.DetectAsync(Git, url, Ct) is var r ? (r.Kind, r.Branch) : default;
        Assert.Equal((DefaultBranchKind.Found, "main"), await Detect(Origin));
        Assert.Equal((DefaultBranchKind.Found, "main"), await Detect("file://" + Origin));
        await G(Origin, "symbolic-ref", "HEAD", "refs/heads/never-pushed");
        Assert.Equal((DefaultBranchKind.Found, "main"), await Detect(Origin));
        await G(Clone, "checkout", "-q", "--detach");
        Assert.Equal((DefaultBranchKind.Detached, null), await Detect(Clone));
        await G(At(), "init", "-q", "empty");
        Assert.Equal((DefaultBranchKind.Empty, null), await Detect(At("empty")));
        await new Mirror(At("mirrors", "empty.git"), At("empty"), Git).EnsureAsync(Ct);
        Directory.CreateDirectory(At("plain"));
        Assert.Equal((DefaultBranchKind.NotARepository, null), await Detect(At("plain")));
        Assert.Equal((DefaultBranchKind.NotARepository, null), await Detect(At("nowhere")));
        Assert.Equal((DefaultBranchKind.Refused, null), await Detect("ext::sh -c id"));
        Assert.Equal((DefaultBranchKind.Unreachable, null), await Detect("https://localhost:1/x.git"));
    }
}
