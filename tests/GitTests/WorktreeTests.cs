using ClaudeManage.Git;

namespace ClaudeManage.GitTests;

public sealed class WorktreeTests : RepoTest
{
    static readonly CheckpointKey One = new("gt-a1b2c", 1), Two = new("gt-zzzzz", 4);

    async Task<(Mirror, Worktrees, WorktreeResult)> StartAsync()
    {
        var mirror = await MirrorAsync();
        var worktrees = new Worktrees(mirror, At("work"));
        return (mirror, worktrees, await worktrees.AddAsync(new("polecats/toast", One, "main"), Ct));
    }

    static Task<WorktreeResult> Next(Worktrees w) => w.AddAsync(new("polecats/toast", Two, "main"), Ct);

    [Fact]
    public async Task Added_then_reused_when_clean_with_its_ignored_files()
    {
        var (mirror, worktrees, first) = await StartAsync();
        Assert.Equal((true, "cm/gt-a1b2c/1", false), (first.Ok, first.Branch, first.Reused));
        Write(mirror.Directory, "info/exclude", "cache/\n");
        Write(first.Path, "cache/x", "kept");
        var second = await Next(worktrees);
        Assert.True(second.Ok && second.Reused, string.Join("; ", second.Steps));
        Assert.False(second.Checkpoint!.Saved);
        Assert.Equal("cm/gt-zzzzz/4", await G(second.Path, "branch", "--show-current"));
        Assert.Equal("kept", Read(second.Path, "cache/x"));
        Assert.Equal(Two, (await worktrees.ListAsync(Ct)).Single().Owner);
        Assert.True((await worktrees.AddAsync(new("other", One, "main"), Ct)).Ok);
        Assert.NotNull((await worktrees.AddAsync(new("third", One, "main"), Ct)).Refusal);
        Assert.NotNull((await worktrees.AddAsync(new("third", new("x", 1), "nope"), Ct)).Refusal);
    }

    [Fact]
    public async Task A_dirty_one_is_saved_before_it_is_reused()
    {
        var (mirror, worktrees, first) = await StartAsync();
        Write(first.Path, "new.txt", "unsaved");
        Write(first.Path, "README", "changed");
        var second = await Next(worktrees);
        Assert.True(second.Reused);
        Assert.StartsWith("refs/cm/checkpoints/gt-a1b2c/1/1", second.Checkpoint!.Ref);
        Assert.Equal("unsaved", await Show(mirror, second.Checkpoint.Ref!, "new.txt"));
        Assert.Equal("", await G(second.Path, "status", "--porcelain"));
    }

    [Theory]
    [InlineData(".git deleted"), InlineData(".git elsewhere"), InlineData(".git replaced"), InlineData("directory deleted"), InlineData("locked and deleted"), InlineData("index damaged")]
    public async Task A_broken_one_is_saved_and_repaired(string damage)
    {
        var (mirror, worktrees, first) = await StartAsync();
        await Commit(first.Path, "committed", "1");
        Write(first.Path, "staged", "2");
        await G(first.Path, "add", "staged");
        var dotGit = Path.Combine(first.Path, ".git");
        var admin = WorktreeAdmin.Find(mirror, first.Path)!;
        if (damage == ".git elsewhere") File.WriteAllText(dotGit, $"gitdir: {Clone}/.git");
        if (damage.StartsWith(".git d", StringComparison.Ordinal) || damage == ".git replaced") File.Delete(dotGit);
        if (damage == ".git replaced") await G(first.Path, "init", "-q");
        if (damage.StartsWith("locked", StringComparison.Ordinal)) await G(mirror.Directory, "worktree", "lock", first.Path);
        if (damage.EndsWith("deleted", StringComparison.Ordinal) && damage[0] != '.') Directory.Delete(first.Path, recursive: true);
        if (damage == "index damaged") File.WriteAllText(Path.Combine(admin, "index"), "rubbish");
        var second = await Next(worktrees);
        Assert.True(second.Ok);
        Assert.Equal("2", await Show(mirror, second.Checkpoint!.Ref!, "staged"));
        Assert.Equal("1", await Show(mirror, second.Checkpoint.Ref!, "committed"));
        Assert.Equal(("", "cm/gt-zzzzz/4"), (await G(second.Path, "status", "--porcelain"), await G(second.Path, "branch", "--show-current")));
        Assert.False(File.Exists(Path.Combine(second.Path, "staged")));
    }

    [Fact]
    public async Task A_stale_lock_and_an_unfinished_merge_do_not_stop_it()
    {
        var (mirror, worktrees, first) = await StartAsync();
        await ConflictIn(mirror, first.Path);
        File.WriteAllText(Path.Combine(WorktreeAdmin.Find(mirror, first.Path)!, "index.lock"), "");
        var second = await Next(worktrees);
        Assert.True(second.Ok && second.Reused, string.Join("; ", second.Steps));
        Assert.Contains("<<<<<<<", await Show(mirror, second.Checkpoint!.Ref!, "README"));
    }

    [Fact]
    public async Task Not_while_somebody_works_there()
    {
        var (_, worktrees, first) = await StartAsync();
        await using var agent = LongProcess.Start(new("sleep", ["600"]) { WorkingDirectory = first.Path }, (_, _) => default);
        Assert.Contains($"process {agent.Pid}", (await Next(worktrees)).Refusal);
        Assert.NotNull((await worktrees.RemoveAsync("polecats/toast", Ct)).Refusal);
        Assert.True(Directory.Exists(first.Path));
    }

    [Fact]
    public async Task Removed_after_saving_and_never_outside_the_root()
    {
        var (mirror, worktrees, first) = await StartAsync();
        Write(first.Path, "new.txt", "unsaved");
        var removed = await worktrees.RemoveAsync("polecats/toast", Ct);
        Assert.Equal("unsaved", await Show(mirror, removed.Checkpoint!.Ref!, "new.txt"));
        Assert.False(Directory.Exists(first.Path));
        Assert.Empty(await worktrees.ListAsync(Ct));
        Assert.True((await worktrees.RemoveAsync("polecats/toast", Ct)).Ok);
        Write(At("victim"), "x", "1");
        Directory.CreateSymbolicLink(At("work", "link"), At("victim"));
        foreach (var name in new[] { "../victim", "link", "link/x", "/etc", "", ".", "a//b", "-x" })
            await Assert.ThrowsAsync<ArgumentException>(() => worktrees.RemoveAsync(name, Ct));
        Assert.True(File.Exists(At("victim", "x")));
    }

    async Task ConflictIn(Mirror mirror, string path)
    {
        var other = await Branch(mirror, "other", "README", "theirs\n");
        await Commit(path, "README", "ours\n");
        await Assert.ThrowsAnyAsync<Exception>(() => G(path, "merge", other));
        Assert.Contains("UU README", await G(path, "status", "--porcelain"));
    }

    [Fact]
    public async Task A_checkpoint_holds_everything_disturbs_nothing_and_comes_back()
    {
        var (mirror, worktrees, first) = await StartAsync();
        var (path, checkpoints) = (first.Path, new Checkpoints(mirror));
        Assert.False(await checkpoints.RequiresSavingAsync(path, One, Ct));
        var head = await Commit(path, "committed", "1");
        Write(path, "stashed", "s");
        await G(path, "stash", "push", "-q", "-u");
        Write(path, "both", "staged version");
        await G(path, "add", "both");
        Write(path, "both", "later version");
        Write(path, "un tracked/ü", "u");
        File.Delete(Path.Combine(path, "README"));
        var status = await G(path, "status", "--porcelain", "-uall");
        Assert.True(await checkpoints.RequiresSavingAsync(path, One, Ct));

        var saved = await checkpoints.SaveAsync(path, One, Ct);
        Assert.Equal(status, await G(path, "status", "--porcelain", "-uall"));
        Assert.Equal("later version", await Show(mirror, saved.Ref!, "both"));
        Assert.False(await checkpoints.RequiresSavingAsync(path, One, Ct));
        Assert.Equal(saved.Ref, (await checkpoints.SaveAsync(path, One, Ct)).Ref);
        Write(path, "more", "m");
        Assert.EndsWith("/2", (await checkpoints.SaveAsync(path, One, Ct)).Ref);
        Assert.Equal([1, 2], (await checkpoints.ListAsync(One.Item, Ct)).Select(c => c.Number));

        await G(path, "stash", "clear");
        await worktrees.RemoveAsync("polecats/toast", Ct);
        await G(mirror.Directory, "branch", "-q", "-D", One.Branch);
        await G(mirror.Directory, "reflog", "expire", "--expire=now", "--all");
        await G(mirror.Directory, "gc", "-q", "--prune=now");
        var second = await Next(worktrees);
        await checkpoints.RestoreAsync(saved.Ref!, second.Path, Two, Ct);
        Assert.Equal(status, await G(second.Path, "status", "--porcelain", "-uall"));
        Assert.Equal((head, "later version", "staged version"), (await G(second.Path, "rev-parse", "HEAD"), Read(second.Path, "both"), await G(second.Path, "show", ":both")));
        Assert.Equal(Two.Branch, await G(second.Path, "branch", "--show-current"));
        Write(second.Path, "x", "y");
        await G(second.Path, "stash", "pop", "-q");
        Assert.Equal("s", Read(second.Path, "stashed"));
    }

    [Fact]
    public async Task A_merge_in_progress_and_a_repository_inside_are_saved()
    {
        var (mirror, _, first) = await StartAsync();
        await ConflictIn(mirror, first.Path);
        await G(first.Path, "init", "-q", "inner");
        await Commit(Path.Combine(first.Path, "inner"), "deep", "d");
        var saved = await new Checkpoints(mirror).SaveAsync(first.Path, One, Ct);
        Assert.Contains("<<<<<<<", await Show(mirror, saved.Ref!, "README"));
        Assert.Equal("d", await Show(mirror, saved.Ref!, "inner/deep"));
        Assert.NotEmpty(saved.Warnings);
        Assert.Contains("UU README", await G(first.Path, "status", "--porcelain"));
    }

    [Fact]
    public async Task Another_worktrees_stash_is_not_mine()
    {
        var (mirror, worktrees, first) = await StartAsync();
        var other = await worktrees.AddAsync(new("other", Two, "main"), Ct);
        Write(other.Path, "README", "x");
        await G(other.Path, "stash", "-q");
        Assert.False(await new Checkpoints(mirror).RequiresSavingAsync(first.Path, One, Ct));
        Assert.True(await new Checkpoints(mirror).RequiresSavingAsync(other.Path, Two, Ct));
    }
}
