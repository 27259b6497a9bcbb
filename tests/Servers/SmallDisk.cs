using System.Diagnostics;
using Xunit;

namespace ClaudeManage.Tests.Servers;

/// <summary>A small file system of its own in memory, to be filled; skips the test where nothing may be mounted.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <param name="path">Made when missing; what is in it is hidden as long as the disk is there.</param>
    /// <param name="options">Options of tmpfs, e.g. <c>size=1m</c>.</param>
    public static async Task<SmallDisk> MountAsync(string path, string options, CancellationToken ct)
    {
        Directory.CreateDirectory(path);
        string why;
        try
        {
            why = await RunAsync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], ct);
        }
        catch (System.ComponentModel.Win32Exception e) { why = e.Message; }
        if (why.Length > 0) Assert.Skip($"no file system can be mounted here: {why}");
        return new SmallDisk(path);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await RunAsync("umount", ["-l", Path], CancellationToken.None);

    static async Task<string> RunAsync(string program, string[] arguments, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0 ? "" : $"{program} ended with {process.ExitCode}: {errors.Trim()}";
    }
}
