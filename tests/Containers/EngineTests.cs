using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Containers;

/// <summary>When tests on containers run, and what is said when they do not.</summary>
public sealed class EngineTests : IDisposable
{
    readonly ScratchDirectory _scratch = new("engine");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Takes_the_newest_images_that_are_here()
    {
        var engine = Engine.Decide(0, "postgres:9.6\npostgres:17\ndocker.io/library/postgres:<none>\nrabbitmq:4.1\nmirror.example/library/rabbitmq:3.13-management\nrabbitmq:4-management\n", "");
        Assert.Equal(new Engine(null, "postgres:17", "rabbitmq:4-management"), engine);
    }

    [Theory]
    [InlineData(0, "alpine:3\n", "", "no image of postgres and rabbitmq with management")]
    [InlineData(0, "postgres:17\nrabbitmq:4\n", "", "no image of rabbitmq with management")]
    [InlineData(0, "my-postgres:17\nrabbitmq:4-management\n", "", "no image of postgres,")]
    [InlineData(1, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?\nmore", "no Docker engine: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?")]
    [InlineData(125, "", "", "no Docker engine: docker ended with 125")]
    public void Says_what_is_missing(int exitCode, string output, string errors, string reason) =>
        Assert.Contains(reason, Engine.Decide(exitCode, output, errors).Reason, StringComparison.Ordinal);

    [Theory]
    [InlineData("1.41", true)]
    [InlineData("1.44", false)]
    [InlineData("1.52", false)]
    [InlineData("", false)]
    public void Knows_an_engine_that_is_older_than_what_it_is_asked_in(string api, bool old) =>
        Assert.Equal(old, new Engine(null, Api: api).IsOld);

    [Fact]
    public async Task A_machine_without_docker_is_told_so() =>
        Assert.StartsWith("no Docker: ", (await Engine.LookAsync(Path.Combine(_scratch.Path, "docker"), Ct)).Reason, StringComparison.Ordinal);

    [Fact]
    public async Task Asks_for_images_and_the_version_and_nothing_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for docker is a shell script");
        var docker = Path.Combine(_scratch.Path, "docker");
        await File.WriteAllTextAsync(docker, $"#!/bin/sh\necho \"$@\" >> {_scratch.Path}/asked\ncase $1 in version) echo 1.41 ;; *) printf 'postgres:17\\nrabbitmq:4-management\\n' ;; esac\n", Ct);
        File.SetUnixFileMode(docker, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(new Engine(null, "postgres:17", "rabbitmq:4-management", "1.41"), await Engine.LookAsync(docker, Ct));
        Assert.Equal("image ls --format {{.Repository}}:{{.Tag}}\nversion --format {{.Server.APIVersion}}\n", await File.ReadAllTextAsync(Path.Combine(_scratch.Path, "asked"), Ct));
    }
}
