using ClaudeManage.Git;

namespace ClaudeManage.CliTests;

/// <summary>A real git repository in the directory <c>cm</c> runs in.</summary>
static class Checkout
{
    public static async Task<string> MakeAsync(string directory, string branch = "main")
    {
        await GitAsync(directory, "init", "-q", "-b", branch);
        return await CommitAsync(directory, "first.txt", "Begin");
    }

    public static async Task<string> CommitAsync(string directory, string file, string message)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, file), message, TestContext.Current.CancellationToken);
        await GitAsync(directory, "add", "-A");
        await GitAsync(directory, "-c", "user.name=A", "-c", "user.email=a@example.invalid", "commit", "-q", "-m", message);
        return await GitAsync(directory, "rev-parse", "HEAD");
    }

    public static async Task<string> GitAsync(string directory, params string[] arguments)
    {
        var run = await new ProcessRunner().RunAsync(new ProcessSpec("git", arguments) { WorkingDirectory = directory }, TestContext.Current.CancellationToken);
        Assert.True(run.Ok, run.StdErr + run.Reason);
        return run.StdOut.Trim();
    }
}
