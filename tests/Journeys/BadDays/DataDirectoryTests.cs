using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.BadDays;

/// <summary>The data directory is taken, is none, cannot be written, or is full; and a setting is wrong.</summary>
public class DataDirectoryTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static readonly ProcessRunner Processes = new();

    [Fact]
    public async Task A_second_town_on_the_same_directory_is_refused_and_the_first_goes_on()
    {
        using var scratch = new ScratchDirectory("two");
        await using var first = await TownProcess.StartAsync(scratch["town"], Ct);

        var second = await TownProcess.ExpectExitAsync(scratch["town"], Ct);

        Assert.Equal(1, second.Code);
        Assert.Contains($"pid {first.Pid}", second.Error, StringComparison.Ordinal);
        Assert.Contains("--data", second.Error, StringComparison.Ordinal);
        await (await first.OverseerAsync(Ct)).CreateRig(new CreateRig("shop", "sh")).SendAsync(Ct);
        Assert.Equal(0, await first.StopAsync());
    }

    [Theory]
    [InlineData("Edge:RequestsPerMinute", "5", "RequestsPerMinute")]
    [InlineData("Edge:RequestBurst", "many", "RequestBurst")]
    [InlineData("Edge:RequestBurst", "0", "RequestBurst")]
    public async Task A_wrong_setting_ends_it_with_one_line_that_names_it(string key, string value, string named)
    {
        using var scratch = new ScratchDirectory("wrong");

        var exit = await TownProcess.ExpectExitAsync(scratch["town"], Ct, new Dictionary<string, string> { [key] = value });

        Assert.Equal(1, exit.Code);
        Assert.Contains(named, Assert.Single(exit.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_directory_is_refused_and_left_alone()
    {
        using var scratch = new ScratchDirectory("file");
        await File.WriteAllTextAsync(scratch["town"], "not a town", Ct);

        await RefusedAsync(scratch["town"]);
        await RefusedAsync(scratch["town", "below"]);

        Assert.Equal("not a town", await File.ReadAllTextAsync(scratch["town"], Ct));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_refused_and_left_alone()
    {
        using var scratch = new ScratchDirectory("ro");
        var path = Directory.CreateDirectory(scratch["disk"]).FullName;
        // Root may write everywhere but on a disk that takes nothing.
        await using var disk = Environment.IsPrivilegedProcess ? await SmallDisk.MountAsync(path, "size=1m,ro", Ct) : null;
        if (disk is null && !OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        await RefusedAsync(path);

        Assert.Empty(Directory.EnumerateFileSystemEntries(path));
    }

    [Fact]
    public async Task On_a_full_disk_it_says_so_and_goes_on_when_there_is_space()
    {
        using var scratch = new ScratchDirectory("full");
        await using var disk = await SmallDisk.MountAsync(scratch["disk"], "size=24m", Ct);
        var data = Path.Combine(disk.Path, "town");
        await using var town = await TownProcess.StartAsync(data, Ct);
        var client = await town.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig("shop", "sh")).SendAsync(Ct);
        var kept = await client.CreateWorkItem(new CreateWorkItem("shop", "before")).SendAsync(Ct);

        var filler = Path.Combine(disk.Path, "filler");
        await Processes.RunAsync(new ProcessSpec("dd", ["if=/dev/zero", $"of={filler}", "bs=4096"]), Ct);
        var acknowledged = new List<string> { kept.Id };
        TownProblemException? problem = null;
        for (var i = 0; i < 300 && problem is null; i++)
        {
            try { acknowledged.Add((await client.CreateWorkItem(new CreateWorkItem("shop", $"while {i}", new string('x', 60_000))).SendAsync(Ct)).Id); }
            catch (TownProblemException e) { problem = e; }
        }
        Assert.NotNull(problem);
        Assert.Equal((503, "storage-full"), (problem.Status, problem.Code));
        Assert.Contains("Free space", problem.Detail, StringComparison.Ordinal);

        File.Delete(filler);
        await Eventually.TrueAsync(async () =>
        {
            acknowledged.Add((await client.CreateWorkItem(new CreateWorkItem("shop", "after")).Once("after").SendAsync(Ct)).Id);
            return true;
        }, TimeSpan.FromSeconds(30), "it takes work again", Ct);
        await WholeAsync(client, acknowledged.Distinct());

        await town.KillAsync();
        await town.StartAsync(Ct);
        await WholeAsync(await town.OverseerAsync(Ct), acknowledged.Distinct());
        Assert.Equal(0, await town.StopAsync());
    }

    static async Task WholeAsync(TownClient town, IEnumerable<string> acknowledged)
    {
        foreach (var id in acknowledged) await town.Call<WorkItemDetail>(HttpMethod.Get, $"work-items/{id}").SendAsync(Ct);
        await Eventually.TrueAsync(async () => (await town.Call<ReplayResult>(HttpMethod.Post, "runtime/replay").SendAsync(Ct)).Differences.Count == 0,
            TimeSpan.FromSeconds(30), "the trail holds everything", Ct);
        Assert.True((await town.Call<TrailVerification>(HttpMethod.Get, "events/verify").SendAsync(Ct)).Ok);
    }

    static async Task RefusedAsync(string data)
    {
        var exit = await TownProcess.ExpectExitAsync(data, Ct);
        Assert.Equal(1, exit.Code);
        Assert.Contains(data, exit.Error, StringComparison.Ordinal);
        Assert.Contains("--data", exit.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exit.Error, StringComparison.Ordinal);
    }
}
