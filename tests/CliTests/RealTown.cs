using System.Diagnostics;
using ClaudeManage.Cli;

namespace ClaudeManage.CliTests;

/// <summary>The program itself, as a process of its own, on a data directory of its own.</summary>
sealed class RealTown : IAsyncDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("cm-town-test-").FullName;

    public RealTown() => Work = Directory.CreateDirectory(Path.Combine(_root, "work")).FullName;

    /// <summary>Whoever runs it lives here.</summary>
    public string Home => _root;

    public string Data => Path.Combine(_root, "data");

    public string Work { get; }

    public sealed record Ended(int Code, string Out, string Error);

    public async Task<Ended> CmAsync(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CmProgram).Assembly.Location, .. args])
        {
            WorkingDirectory = Work,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("CM_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        (start.Environment["HOME"], start.Environment["CM_DATA"], start.Environment["NO_COLOR"]) = (_root, Data, "1");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Ended(process.ExitCode, await output, await error);
    }

    public async Task<string> OkAsync(params string[] args)
    {
        var run = await CmAsync(args);
        Assert.True(run.Code == 0, $"cm {string.Join(' ', args)} → {run.Code}\n{run.Out}\n{run.Error}\n{(File.Exists(Path.Combine(Data, "town.log")) ? File.ReadAllText(Path.Combine(Data, "town.log")) : "")}");
        return run.Out.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await CmAsync("down");
        Directory.Delete(_root, recursive: true);
    }
}
