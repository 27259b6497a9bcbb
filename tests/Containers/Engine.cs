using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ClaudeManage.Containers;

/// <summary>
/// Whether containers can be had here, and if not, why: no docker, no engine that answers, or no image. Images are looked for
/// and never pulled, so that a test run needs no registry.
/// </summary>
/// <param name="Reason">Why tests on containers are left out; null when they can run.</param>
/// <param name="Api">The newest version of its API that the engine speaks, as 1.41; empty where it did not say.</param>
public sealed partial record Engine(string? Reason, string Postgres = "", string RabbitMq = "", string Api = "")
{
    // What Testcontainers asks for unless DOCKER_API_VERSION says otherwise; an engine refuses what is newer than itself.
    static readonly Version Asked = new(1, 44);

    static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Asks the docker command which images there are, and what its engine speaks.</summary>
    public static async Task<Engine> LookAsync(string docker, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Longest);
        try
        {
            var (exitCode, output, errors) = await AskAsync(docker, ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], patience.Token);
            var engine = Decide(exitCode, output, errors);
            if (engine.Reason is not null) return engine;
            var (_, version, _) = await AskAsync(docker, ["version", "--format", "{{.Server.APIVersion}}"], patience.Token);
            return engine with { Api = version.Trim() };
        }
        catch (Win32Exception e) { return new Engine($"no Docker: {docker} cannot be run ({e.Message})"); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return new Engine($"no Docker engine: {docker} gave no answer within {Longest.TotalSeconds:0} s"); }
    }

    static async Task<(int ExitCode, string Output, string Errors)> AskAsync(string docker, string[] arguments, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(docker, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Whether the engine is older than what Testcontainers asks for unless it is told otherwise.</summary>
    public bool IsOld => Version.TryParse(Api, out var api) && api < Asked;

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
