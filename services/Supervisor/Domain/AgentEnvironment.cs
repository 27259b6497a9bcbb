using System.Globalization;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Identity;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>The variables an agent program is started with, on top of what it inherits.</summary>
static class AgentEnvironment
{
    // What configures this suite, or a git that runs around us, is none of an agent's business.
    static readonly string[] Hidden =
        ["CM_", "CLAUDEMANAGE_", "GIT_", "ConnectionStrings_", "Supervisor_", "Database_", "Bus_", "Edge_", "Town_", "Hook_", "Work_", "Refinery_", "Health_", "Convoy_", "ASPNETCORE_", "DOTNET_ENVIRONMENT", "MALLOC_ARENA_MAX", "OTEL_"];

    /// <param name="inherited">Names of this process's own variables; what an agent must not see is removed.</param>
    public static Dictionary<string, string?> For(
        AgentSetting s, ClaimResult claim, IEnumerable<string> inherited, IReadOnlyDictionary<string, string>? extra)
    {
        var environment = Scrubbed(inherited, extra);
        // After the rig's own variables: those may not speak in place of the town.
        environment["CM_URL"] = s.Url;
        environment["CM_TOKEN"] = claim.SessionToken;
        environment["CM_LEASE"] = claim.Lease.Token;
        environment["CM_AGENT"] = s.AgentId;
        environment["CM_RIG"] = claim.WorkItem.RigId;
        environment["CM_WORK_ITEM"] = claim.WorkItem.Id;
        environment["CM_BRANCH"] = s.Branch;
        environment["CM_BASE"] = s.Base;
        environment["CM_BASE_COMMIT"] = s.BaseCommit;
        environment["CM_TARGET"] = s.Target;
        environment["CM_ATTEMPT"] = claim.Assignment.Attempt.ToString(CultureInfo.InvariantCulture);
        environment["CM_FENCE"] = claim.Lease.Fence.ToString(CultureInfo.InvariantCulture);
        environment["CM_SESSION"] = s.SessionId.ToString();
        environment["CM_PROMPT_FILE"] = s.PromptFile;
        environment["CM_RESULT_FILE"] = s.ResultFile;
        environment["CM_NUDGE_FILE"] = s.NudgeFile;
        // The standard's way to hand a trace to a child process; one that this process inherited is not the item's.
        environment["TRACEPARENT"] = s.TraceParent;
        var (who, mail) = (s.AgentId, MailOf(s.AgentId));
        (environment["GIT_AUTHOR_NAME"], environment["GIT_AUTHOR_EMAIL"]) = (who, mail);
        (environment["GIT_COMMITTER_NAME"], environment["GIT_COMMITTER_EMAIL"]) = (who, mail);
        if (s.BinDirectory is { } bin) environment["PATH"] = $"{bin}:{(extra?.GetValueOrDefault("PATH") ?? s.Path)}";
        return environment;
    }

    /// <summary>Without what an agent must not see, with what its rig adds: for commands that run beside the agent.</summary>
    public static Dictionary<string, string?> Scrubbed(IEnumerable<string> inherited, IReadOnlyDictionary<string, string>? extra)
    {
        var environment = inherited.Where(name => Hidden.Any(h => name.StartsWith(h, StringComparison.OrdinalIgnoreCase))).ToDictionary(name => name, string? (_) => null);
        foreach (var (name, value) in extra ?? new Dictionary<string, string>()) environment[name] = value;
        return environment;
    }

    /// <summary><c>shop/polecats/nux</c> → <c>nux.polecats@shop.claudemanage.invalid</c>: unique, and a domain nobody can own.</summary>
    static string MailOf(string agentId) => ActorAddress.RigOf(agentId) is { } rig
        ? $"{string.Join('.', agentId.Split('/')[1..].Reverse())}@{rig}.claudemanage.invalid"
        : $"{agentId.Replace('/', '.')}@claudemanage.invalid";
}

/// <summary>Where and as whom an agent runs.</summary>
/// <param name="Base">The branch it starts from; <paramref name="Target"/> the one its work shall reach.</param>
/// <param name="BinDirectory">Put in front of <paramref name="Path"/>.</param>
/// <param name="TraceParent">Of the session's start, while it is recorded.</param>
sealed record AgentSetting(
    Guid SessionId, string AgentId, string Url, string? Branch, string? Base, string? BaseCommit, string? Target,
    string PromptFile, string ResultFile, string? BinDirectory, string Path, string? TraceParent = null, string? NudgeFile = null);
