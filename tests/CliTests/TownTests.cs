using System.Globalization;
using System.Text.Json;
using ClaudeManage.Git;

namespace ClaudeManage.CliTests;

/// <summary><c>up</c>, work, <c>down</c>: the program on a real town.</summary>
public sealed class TownTests
{
    [Fact]
    public async Task A_person_starts_a_town_works_with_it_and_stops_it()
    {
        await using var town = new RealTown();
        Assert.StartsWith("listening on http://127.0.0.1:", await town.OkAsync("up", "--detach", "--port", "0", "--no-browser"));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(town.Data, "overseer.token")));

        var second = await town.CmAsync("up", "--detach", "--port", "0");
        Assert.Equal(5, second.Code);
        Assert.Contains($"pid {Pid(town)}", second.Error);

        await town.OkAsync("rig", "add", "chores");
        var first = await town.OkAsync("create", "Water the plants", "--rig", "chores", "--quiet");
        var then = await town.OkAsync("create", "Pick the tomatoes", "--rig", "chores", "--needs", first, "--quiet");
        Assert.Equal(first, await town.OkAsync("ready", "--quiet"));
        await town.OkAsync("sling", first, "chores/pool");
        Assert.Equal(5, (await town.CmAsync("sling", then, "chores/pool")).Code);

        var worked = await town.OkAsync("work", "--hook", "chores/pool", "--", "sh", "-c", "echo \"doing $CM_WORK_ITEM\"");
        Assert.Contains($"doing {first}", worked);
        Assert.Contains($"{first}  closed", worked);
        await UntilAsync(async () => await town.OkAsync("ready", "--quiet") == then);

        var status = JsonElement.Parse(await town.OkAsync("status", "--json"));
        Assert.Equal("chores", status.GetProperty("rigs")[0].GetProperty("rig").GetProperty("id").GetString());
        Assert.Contains("work-item.closed", await town.OkAsync("events", "--item", first));
        var doctor = JsonElement.Parse(await town.OkAsync("doctor", "--json"));
        Assert.True(doctor.GetProperty("ok").GetBoolean());

        var pid = Pid(town);
        var process = ProcessIdentity.Of(pid);
        Assert.NotNull(process);
        await town.OkAsync("down");
        Assert.False(ProcessGroup.IsAlive(process.Value));
        Assert.Equal(3, (await town.CmAsync("status")).Code);
        await town.OkAsync("down");
        // It keeps to its own directory.
        Assert.Equal([town.Data, town.Work], Directory.GetFileSystemEntries(town.Home).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Stop_ends_also_what_a_person_runs_by_hand_and_start_lets_it_go_on()
    {
        await using var town = new RealTown();
        await town.OkAsync("up", "--detach", "--port", "0", "--no-browser");
        await town.OkAsync("rig", "add", "chores");
        var item = await town.OkAsync("create", "Water the plants", "--rig", "chores", "--quiet");
        await town.OkAsync("sling", item, "chores/pool");
        var mark = Path.Combine(town.Work, "at-work");
        var work = town.CmAsync("work", "--hook", "chores/pool", "--", "sh", "-c", $"echo $$ >'{mark}.new'; mv '{mark}.new' '{mark}'; exec sleep 300");
        await UntilAsync(async () =>
        {
            await town.OkAsync("stops");
            return File.Exists(mark);
        });
        var process = ProcessIdentity.Of(int.Parse(await File.ReadAllTextAsync(mark, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture));

        Assert.Equal(2, (await town.CmAsync("stop")).Code);
        Assert.Equal(2, (await town.CmAsync("stop", "--all", "--rig", "chores")).Code);
        var stopped = JsonElement.Parse(await town.OkAsync("stop", "--rig", "chores", "--reason", "smoke", "--json"));
        Assert.True(stopped.GetProperty("clear").GetBoolean());
        Assert.InRange(stopped.GetProperty("seconds").GetDouble(), 0, 10);
        var ended = await work;
        Assert.Equal(5, ended.Code);
        Assert.Contains("is lost and the program was stopped", ended.Error);
        Assert.False(ProcessGroup.IsAlive(process!.Value));
        Assert.Equal("rig:chores", await town.OkAsync("stops", "--quiet"));
        Assert.Equal(5, (await town.CmAsync("claim", "chores/pool")).Code);
        await town.OkAsync("start", "--rig", "chores");
        Assert.Contains($"{item}  closed", await town.OkAsync("work", "--hook", "chores/pool", "--", "true"));
    }

    [Fact]
    public async Task A_town_that_cannot_start_says_why()
    {
        await using var town = new RealTown();
        Directory.CreateDirectory(Path.Combine(town.Data, "db"));
        await File.WriteAllTextAsync(Path.Combine(town.Data, "town.key"), "not a key", TestContext.Current.CancellationToken);
        var up = await town.CmAsync("up", "--detach", "--port", "0");
        Assert.NotEqual(0, up.Code);
        Assert.NotEqual("", up.Error);
    }

    [Fact]
    public async Task Down_leaves_a_process_alone_that_does_not_hold_the_directory()
    {
        await using var town = new RealTown();
        Directory.CreateDirectory(town.Data);
        using var held = new FileStream(Path.Combine(town.Data, "town.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        await using var bystander = LongProcess.Start(new ProcessSpec("sleep", ["600"]), (_, _) => ValueTask.CompletedTask);
        await File.WriteAllTextAsync(Path.Combine(town.Data, "town.pid"), bystander.Pid.ToString(CultureInfo.InvariantCulture), TestContext.Current.CancellationToken);
        var down = await town.CmAsync("down");
        Assert.Equal(1, down.Code);
        Assert.Contains($"{bystander.Pid}", down.Error);
        Assert.True(ProcessGroup.IsAlive(bystander.Identity));
    }

    static int Pid(RealTown town) => int.Parse(File.ReadAllText(Path.Combine(town.Data, "town.pid")), CultureInfo.InvariantCulture);

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        // Readiness follows by a message; each try is a process, so this does not spin.
        for (var tries = 0; tries < 100; tries++)
            if (await condition()) return;
        Assert.Fail("it did not come");
    }
}
