using System.ComponentModel;

namespace ClaudeManage.Containers;

/// <summary>What the tools that read our files say about them, where they are installed. None of them needs an engine or a cluster for that.</summary>
public sealed class ToolsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("docker-compose")]
    [InlineData("docker", "compose")]
    public async Task Compose_reads_its_file(params string[] compose)
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        await RequireAsync([.. compose, "version"]);
        var file = Path.Combine(Secrets.Root, "docker-compose.yml");
        var read = await Secrets.RunAsync(Ct, [.. compose, "--project-directory", secrets.Directory, "--env-file", Path.Combine(secrets.Directory, ".env"), "-f", file, "config"]);
        Assert.Contains("condition: service_completed_successfully", read, StringComparison.Ordinal);
        Assert.Contains($"amqp://claudemanage_hook:{secrets.Environment["HOOK_PASSWORD"]}@rabbitmq:5672/claudemanage", read, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(secrets.Directory, "deploy", "secrets", "town.key"), read, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compose_refuses_to_start_without_passwords()
    {
        await using var secrets = await Secrets.MakeAsync(Ct);
        await RequireAsync(["docker-compose", "version"]);
        File.WriteAllLines(Path.Combine(secrets.Directory, ".env"), secrets.Environment.Where(e => e.Key != "HOOK_PASSWORD").Select(e => $"{e.Key}={e.Value}"));
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Secrets.RunAsync(Ct, "docker-compose", "--project-directory", secrets.Directory,
            "--env-file", Path.Combine(secrets.Directory, ".env"), "-f", Path.Combine(Secrets.Root, "docker-compose.yml"), "config"));
        Assert.Contains("run deploy/make-env first", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("base", 7, 6, 8)]
    [InlineData("overlays/dev", 0, 6, 8)]
    [InlineData("overlays/production", 7, 6, 8)]
    [InlineData("overlays/keda", 2, 6, 8)]
    public async Task Kustomize_builds(string overlay, int autoscalers, int jobs, int budgets)
    {
        await RequireAsync(["kubectl", "version", "--client"]);
        var built = await Secrets.RunAsync(Ct, "kubectl", "kustomize", Path.Combine(Secrets.Root, "deploy", "k8s", overlay));
        int Count(string kind) => built.Split('\n').Count(l => l == "kind: " + kind);
        Assert.Equal((autoscalers, jobs, budgets), (Count("HorizontalPodAutoscaler"), Count("Job"), Count("PodDisruptionBudget")));
        Assert.DoesNotContain("kind: Secret", built.Split('\n'));
    }

    static async Task RequireAsync(string[] command)
    {
        try { await Secrets.RunAsync(Ct, command); }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException) { Assert.Skip($"there is no {string.Join(' ', command[..^1])} here"); }
    }
}
