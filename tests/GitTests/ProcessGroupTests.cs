using System.Collections.Concurrent;
using System.Text;
using ClaudeManage.Git;

namespace ClaudeManage.GitTests;

public sealed class ProcessGroupTests : IDisposable
{
    readonly TempDir dir = new();
    readonly ProcessGroup group = new(TimeProvider.System);
    readonly ProcessMark mark = ProcessMark.Session(Guid.NewGuid().ToString("N"));
    readonly ConcurrentQueue<string> output = new();
    static readonly StopLadder Quick = StopLadder.Of(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(0.3));
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => dir.Dispose();

    LongProcess Start(string script) => LongProcess.Start(
        new("sh", ["-c", script]) { WorkingDirectory = dir.Path, Mark = mark },
        (_, bytes) => { output.Enqueue(Encoding.UTF8.GetString(bytes.Span)); return default; });

    bool Printed(string text) => string.Concat(output).Contains(text, StringComparison.Ordinal);

    [Fact]
    public async Task A_session_talks_and_ends()
    {
        await using var process = Start("while read line; do echo got $line; done; exit 4");
        Assert.True(ProcessGroup.IsAlive(process.Identity));
        Assert.True(ProcessIdentity.TryParse(process.Identity.ToString(), out var same));
        Assert.Equal(process.Identity, same);
        await process.WriteAsync("one\n", Ct);
        await Wait.Until(() => Printed("got one"), "echo");
        process.CloseInput();
        Assert.Equal(4, (await process.Exited).ExitCode);
        Assert.False(ProcessGroup.IsAlive(process.Identity));
        await Assert.ThrowsAsync<IOException>(() => process.WriteAsync("late", Ct));
    }

    [Fact]
    public async Task It_leads_its_own_session_and_group()
    {
        await using var process = Start("echo up; sleep 600");
        await Wait.Until(() => Printed("up"), "started");
        var entry = ProcessTable.Find(process.Pid)!.Value;
        Assert.Equal((process.Pid, process.Pid), (entry.Group, entry.Session));
    }

    [Fact]
    public async Task A_polite_process_gets_the_time_to_finish()
    {
        await using var process = Start("trap 'echo bye; exit 0' INT; echo up; while :; do sleep 0.05; done");
        await Wait.Until(() => Printed("up"), "started");
        var proof = await process.StopAsync(ct: Ct);
        Assert.True(proof.Clean, proof.Steps);
        await process.Exited;
        await Wait.Until(() => Printed("bye"), "its last word");
        Assert.DoesNotContain("Kill", proof.Steps);
    }

    /// <summary>As a shell starts its background jobs: this very program again, for the test before this one.</summary>
    [Fact]
    public async Task So_it_does_under_a_program_that_runs_in_the_background()
    {
        var again = new ProcessSpec("sh", ["-c", "trap '' INT; exec \"$@\"", "sh", Path.ChangeExtension(typeof(ProcessGroupTests).Assembly.Location, null), "-method", $"*.{nameof(A_polite_process_gets_the_time_to_finish)}"]) { Timeout = TimeSpan.FromMinutes(2) };
        var result = await new ProcessRunner().RunAsync(again, Ct);
        Assert.True(result.Ok, result.StdOut + result.StdErr);
    }

    [Fact]
    public async Task One_that_ignores_everything_is_killed_with_its_children()
    {
        await using var process = Start("trap '' INT TERM; (trap '' INT TERM; echo up; while :; do sleep 600; done) & while :; do sleep 600; done");
        await Wait.Until(() => Printed("up"), "started");
        var proof = await group.StopAsync(process.Identity, null, Quick, Ct);
        Assert.True(proof.Clean, proof.Steps);
        Assert.Contains("Kill", proof.Steps);
        Assert.Equal(9, (await process.Exited).Signal);
        Assert.Empty(ProcessGroup.FindByMark(mark.Name, mark.Value));
    }

    [Fact]
    public async Task A_double_forked_child_is_found_by_its_mark()
    {
        await using var process = Start("(setsid sh -c 'trap \"\" INT TERM; echo $$ > escaped; while :; do sleep 600; done' &) ; sleep 600");
        await Wait.Until(() => File.Exists(dir.At("escaped")) && File.ReadAllText(dir.At("escaped")).EndsWith('\n'), "escaped");
        var escaped = int.Parse(File.ReadAllText(dir.At("escaped")));
        Assert.NotEqual(process.Pid, ProcessTable.Find(escaped)!.Value.Session);
        Assert.Contains(escaped, ProcessGroup.FindByMark(mark.Name, mark.Value));
        Assert.True((await group.StopAsync(process.Identity, mark, Quick, Ct)).Clean);
        Assert.Empty(ProcessGroup.FindByMark(mark.Name, mark.Value));
        Assert.True(ProcessTable.Find(escaped) is null or { Dead: true });
    }

    [Fact]
    public async Task Survivors_are_named_when_the_ladder_is_too_short()
    {
        await using var process = Start("trap '' INT; echo up; while :; do sleep 600; done");
        await Wait.Until(() => Printed("up"), "started");
        var proof = await group.StopAsync(process.Identity, null, new([new(Signal.Interrupt, TimeSpan.FromSeconds(0.2))]), Ct);
        Assert.False(proof.Clean);
        Assert.Contains(process.Pid, proof.Survivors);
    }

    [Fact]
    public async Task Somebody_elses_process_under_a_reused_pid_is_left_alone()
    {
        await using var process = Start("echo up; sleep 600");
        await Wait.Until(() => Printed("up"), "started");
        var older = process.Identity with { Start = process.Identity.Start - 1 };
        var otherBoot = process.Identity with { Boot = "before the restart" };
        Assert.False(ProcessGroup.IsAlive(older));
        Assert.False(ProcessGroup.IsAlive(otherBoot));
        Assert.True((await group.StopAsync(older, null, Quick, Ct)).Clean);
        Assert.True((await group.StopAsync(otherBoot, null, Quick, Ct)).Clean);
        Assert.True(ProcessGroup.IsAlive(process.Identity));
    }

    [Fact]
    public void A_zombie_and_a_strange_name_are_read_right()
    {
        var entry = ProcessTable.Parse(7, "7 (a) b (c) Z 1 5 6 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 123456 0 0")!.Value;
        Assert.Equal(new(7, 1, 5, 6, 123456, Dead: true), entry);
    }

    [Fact]
    public void A_zombie_with_living_threads_is_not_dead() =>
        Assert.False(ProcessTable.Parse(7, "7 (java) Z 1 5 6 0 -1 4 0 0 0 0 0 0 0 0 20 0 2 0 123456 0 0")!.Value.Dead);

    [Fact]
    public async Task A_broken_listener_does_not_block_the_command()
    {
        await using var process = LongProcess.Start(new("sh", ["-c", "head -c 1000000 /dev/zero; exit 5"]), (_, _) => throw new InvalidOperationException("listener"));
        Assert.Equal(5, (await process.Exited).ExitCode);
        Assert.Equal("listener", process.HandlerError?.Message);
    }
}
