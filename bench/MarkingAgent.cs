using System.Globalization;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;

namespace ClaudeManage.Bench;

/// <summary>A repository of 200 files, and an agent's program whose first instruction writes down the time.</summary>
sealed record MarkingAgent(ProcessRunner Processes, string Directory, string Origin, string Program, string Marks)
{
    const string Script = "#!/bin/sh\ndate +%s%N >\"$MARKS/$CM_WORK_ITEM.new\" && mv \"$MARKS/$CM_WORK_ITEM.new\" \"$MARKS/$CM_WORK_ITEM\"\necho '{\"outcome\":\"no_change\",\"reason\":\"measured\"}' >\"$CM_RESULT_FILE\"\n";

    public static async Task<MarkingAgent> MakeAsync(BenchContext context, CancellationToken ct)
    {
        var directory = BenchContext.Scratch();
        var made = new MarkingAgent(new ProcessRunner(context.Clock), directory, Path.Combine(directory, "origin.git"), Path.Combine(directory, "agent.sh"),
            System.IO.Directory.CreateDirectory(Path.Combine(directory, "marks")).FullName);
        await File.WriteAllTextAsync(made.Program, Script, ct);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(made.Program, (UnixFileMode)0b111_101_101);
        await made.RepositoryAsync(ct);
        return made;
    }

    /// <summary>A town with four slots and the rig <c>bench</c>, which runs the program.</summary>
    public async Task<BenchTown> StartAsync(BenchContext context, CancellationToken ct)
    {
        var town = await context.StartAsync(Path.Combine(Directory, "town"), ct, ("Supervisor__Slots", "4"));
        await town.Client.CreateRig(new CreateRig("bench", "be", Origin, Settings: new RigSettings(
            MaxWorkers: 4, RuntimeOptions: new RuntimeOptions([Program], Env: new Dictionary<string, string> { ["MARKS"] = Marks })))).SendAsync(ct);
        return town;
    }

    /// <summary>When the program was started for an item; waits until it was.</summary>
    public async Task<DateTimeOffset> StartedAsync(string item, TimeProvider clock, CancellationToken ct)
    {
        var mark = Path.Combine(Marks, item);
        while (!File.Exists(mark)) await Task.Delay(TimeSpan.FromMilliseconds(2), clock, ct);
        return DateTimeOffset.UnixEpoch.AddTicks(long.Parse(await File.ReadAllTextAsync(mark, ct), CultureInfo.InvariantCulture) / 100);
    }

    async Task RepositoryAsync(CancellationToken ct)
    {
        var seed = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "seed")).FullName;
        for (var i = 0; i < 200; i++) await File.WriteAllTextAsync(Path.Combine(seed, $"file{i}.txt"), $"line {i}\n", ct);
        foreach (var arguments in new string[][]
        {
            ["init", "-q", "-b", "main"], ["add", "-A"], ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", "commit", "-q", "-m", "seed"], ["clone", "-q", "--bare", seed, Origin],
        })
        {
            var result = await Processes.RunAsync(new ProcessSpec("git", arguments) { WorkingDirectory = seed }, ct);
            if (!result.Ok) throw new InvalidOperationException(result.StdErr);
        }
    }
}
