using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Town;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Supervisor.Running;

/// <summary>What the steps of a session's life work with.</summary>
sealed record SessionTools(
    SessionStore Store, RigCopies Rigs, ITownCalls Town, LeaseKeeper Leases, RigRepositories Repositories, ProcessRunner Processes, AgentBin Bin,
    DataDirectory Data, TownAddress Address, IOptions<SupervisorOptions> Configured, TimeProvider Clock, ILogger<SessionTools> Log)
{
    public SupervisorOptions Options => Configured.Value;
}

/// <summary>A directory for the agents' PATH in which <c>cm</c> is this town's.</summary>
sealed class AgentBin(DataDirectory data, IOptions<SupervisorOptions> options)
{
    readonly Lazy<string?> _directory = new(() => options.Value.CmPath is { Length: > 0 } cm ? Make(data.For("sessions", "bin"), Path.GetFullPath(cm)) : null);

    /// <summary>Null when it is not configured where cm is.</summary>
    public string? Directory => _directory.Value;

    static string Make(string directory, string cm)
    {
        var quoted = "'" + cm.Replace("'", "'\\''") + "'";
        var wrapper = Path.Combine(directory, "cm");
        File.WriteAllText(wrapper, $"#!/bin/sh\nexec {(cm.EndsWith(".dll", StringComparison.Ordinal) ? "dotnet " : "")}{quoted} \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return directory;
    }
}
