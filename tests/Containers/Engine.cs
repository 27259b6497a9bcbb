using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ClaudeManage.Containers;

/// <summary>
/// Whether containers can be had here, and if not, why: no docker, no engine that answers, or no image. Images are looked for
/// and never pulled, so that a test run needs no registry.
/// </summary>
/// <param name="Reason">Why tests on containers are left out; null when they can run.</param>
public sealed partial record Engine(string? Reason, string Postgres = "", string RabbitMq = "")
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Asks the docker command which images there are.</summary>
    public static async Task<Engine> LookAsync(string docker, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Longest);
        try
        {
            var start = new ProcessStartInfo(docker, ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            try
            {
                var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
                await process.WaitForExitAsync(patience.Token);
                return Decide(process.ExitCode, await output, await errors);
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
        catch (Win32Exception e) { return new Engine($"no Docker: {docker} cannot be run ({e.Message})"); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return new Engine($"no Docker engine: {docker} gave no answer within {Longest.TotalSeconds:0} s"); }
    }

    /// <summary>From what <c>docker image ls</c> said.</summary>
    public static Engine Decide(int exitCode, string output, string errors)
    {
        if (exitCode != 0) return new Engine("no Docker engine: " + (errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? $"docker ended with {exitCode}"));
        var images = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var postgres = Newest(images, "postgres", _ => true);
        // Every test has a virtual host of its own, which is made through the management API.
        var rabbitMq = Newest(images, "rabbitmq", tag => tag.Contains("management", StringComparison.Ordinal));
        string[] missing = [.. new[] { postgres is null ? "postgres" : "", rabbitMq is null ? "rabbitmq with management" : "" }.Where(m => m.Length > 0)];
        return missing.Length > 0
            ? new Engine($"Docker has no image of {string.Join(" and ", missing)}, and none is pulled (docker pull postgres:17, docker pull rabbitmq:4-management)")
            : new Engine(null, postgres!, rabbitMq!);
    }

    static string? Newest(IEnumerable<string> images, string name, Func<string, bool> fits) => images
        .Where(i => i.Split(':') is [var repository, var tag] && repository.Split('/')[^1] == name && tag != "<none>" && fits(tag))
        .OrderByDescending(i => Number().Replace(i.Split(':')[1], n => n.Value.PadLeft(9, '0')), StringComparer.Ordinal).FirstOrDefault();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
