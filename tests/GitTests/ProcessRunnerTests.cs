using System.Diagnostics;
using ClaudeManage.Git;

namespace ClaudeManage.GitTests;

public sealed class ProcessRunnerTests : IDisposable
{
    readonly TempDir dir = new();
    readonly ProcessRunner runner = new();
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => dir.Dispose();

    ProcessSpec Sh(string script, params string[] args) => new("sh", ["-c", script, "sh", .. args]) { WorkingDirectory = dir.Path };

    [Fact]
    public async Task Arguments_and_input_arrive_unchanged()
    {
        var result = await runner.RunAsync(Sh("printf '%s|' \"$@\"; cat", "a b", "$(id)", "", "ü;&") with { Input = "in\n" }, Ct);
        Assert.Equal("a b|$(id)||ü;&|in\n", result.StdOut);
        Assert.True(result.Ok);
    }

    [Fact]
    public async Task Exit_code_and_signal_are_told()
    {
        var failed = await runner.RunAsync(Sh("echo no >&2; exit 3"), Ct);
        Assert.Equal((3, "no\n", false), (failed.ExitCode, failed.StdErr, failed.Ok));
        Assert.Equal(9, (await runner.RunAsync(Sh("kill -9 $$"), Ct)).Signal);
    }

    [Fact]
    public async Task What_cannot_start_is_a_result_with_the_reason()
    {
        var missing = await runner.RunAsync(new("no-such-program-here", []), Ct);
        Assert.False(missing.Started);
        Assert.Contains("no-such-program-here", missing.Reason);
        Assert.False((await runner.RunAsync(Sh("true") with { WorkingDirectory = dir.At("gone") }, Ct)).Started);
        File.WriteAllText(dir.At("plain"), "echo");
        Assert.False((await runner.RunAsync(new(dir.At("plain"), []), Ct)).Started);
        File.WriteAllText(dir.At("bad"), "#!/no/such/interpreter\n");
        File.SetUnixFileMode(dir.At("bad"), UnixFileMode.UserExecute | UnixFileMode.UserRead);
        var bad = await runner.RunAsync(new(dir.At("bad"), []), Ct);
        Assert.False(bad.Started, bad.ToString());
        Assert.Equal(127, (await runner.RunAsync(Sh("exit 127"), Ct)).ExitCode);
    }

    [Fact]
    public async Task Environment_is_added_removed_or_clean()
    {
        var spec = Sh("echo ${A-none} ${HOME-none}") with { Environment = new Dictionary<string, string?> { ["A"] = "1", ["HOME"] = null } };
        Assert.Equal("1 none\n", (await runner.RunAsync(spec, Ct)).StdOut);
        var clean = await runner.RunAsync(new("env", []) { CleanEnvironment = true }, Ct);
        Assert.StartsWith("CLAUDEMANAGE_RUN=", clean.StdOut);
        Assert.Single(clean.StdOut.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_timeout_stops_the_whole_group()
    {
        var clock = Stopwatch.StartNew();
        var result = await runner.RunAsync(Sh("trap '' INT TERM; sleep 600 & sleep 600 & echo $! > pid; wait; wait; sleep 600") with { Timeout = TimeSpan.FromSeconds(3) }, Ct);
        Assert.True(result.TimedOut);
        Assert.False(result.Ok);
        Assert.True(clock.Elapsed.TotalSeconds < 120, clock.Elapsed.ToString());
        Assert.Null(Running(int.Parse(File.ReadAllText(dir.At("pid")))));
    }

    [Fact]
    public async Task Cancelling_stops_it_too()
    {
        using var cts = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var run = runner.RunAsync(Sh("echo $$ > pid; exec sleep 600"), cts.Token);
        await Wait.Until(() => File.Exists(dir.At("pid")) && File.ReadAllText(dir.At("pid")).EndsWith('\n'), "started");
        cts.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Null(Running(int.Parse(File.ReadAllText(dir.At("pid")))));
    }

    [Theory]
    [InlineData("sleep 600 & echo $! > pid; echo done")]                                  // same group
    [InlineData("setsid sh -c 'echo $$ > pid; exec sleep 600' & until [ -s pid ]; do :; done; echo done")]         // left the group, found by its mark
    public async Task A_grandchild_that_holds_the_pipe_does_not_hang_the_reader(string script)
    {
        var clock = Stopwatch.StartNew();
        var result = await runner.RunAsync(Sh(script) with { DrainGrace = TimeSpan.FromSeconds(0.5) }, Ct);
        Assert.Equal("done\n", result.StdOut);
        Assert.True(result.Ok);
        Assert.True(clock.Elapsed.TotalSeconds < 120, clock.Elapsed.ToString());
        Assert.Null(Running(int.Parse(File.ReadAllText(dir.At("pid")))));
    }

    [Fact]
    public async Task One_that_hid_from_us_does_not_hang_the_reader_either()
    {
        // cleared environment and own session: nothing ties it to the run but the pipe
        var result = await runner.RunAsync(Sh("setsid env -i sleep 8 & echo done") with { DrainGrace = TimeSpan.FromSeconds(0.2) }, Ct);
        Assert.Equal("done\n", result.StdOut);
    }

    [Fact]
    public async Task Two_hundred_megabytes_need_no_memory()
    {
        var before = Process.GetCurrentProcess().WorkingSet64;
        var peak = 0L;
        using var timer = new Timer(_ => peak = Math.Max(peak, Process.GetCurrentProcess().WorkingSet64), null, 0, 20);
        var result = await runner.RunAsync(Sh("echo first; head -c 200000000 /dev/zero | tr '\\0' x; echo; echo last") with
        {
            OutputFile = dir.At("log"),
            MaxFileBytes = 1_000_000,
            MaxCapturedBytes = 10_000,
        }, Ct);
        Assert.True(result.Ok);
        Assert.True(result.OutputTruncated);
        Assert.StartsWith("first\n", result.StdOut);
        Assert.EndsWith("x\nlast\n", result.StdOut);
        Assert.InRange(result.StdOut.Length, 10_000, 10_100);
        Assert.InRange(new FileInfo(dir.At("log")).Length, 1_000_000, 1_000_100);
        Assert.True(peak - before < 100_000_000, $"{peak - before} bytes more");
    }

    [Theory]
    [InlineData(10, "abcdefghij", false)]
    [InlineData(10, "abcdefghijk", true)]
    [InlineData(4, "abcdefghijklmnopqrstuvwxyz", true)]
    public void The_capture_keeps_both_ends(int limit, string text, bool truncated)
    {
        foreach (var piece in new[] { 1, 2, 3, 7, 100 })
        {
            var capture = new OutputCapture(limit);
            foreach (var chunk in text.Chunk(piece)) capture.Add(System.Text.Encoding.ASCII.GetBytes(chunk));
            Assert.Equal(truncated, capture.Truncated);
            Assert.StartsWith(text[..(limit / 2)], capture.ToString());
            Assert.EndsWith(text[^(limit / 2)..], capture.ToString());
            if (!truncated) Assert.Equal(text, capture.ToString());
        }
    }

    static ProcessIdentity? Running(int pid) => ProcessIdentity.Of(pid) is { } id && ProcessGroup.IsAlive(id) ? id : null;
}
