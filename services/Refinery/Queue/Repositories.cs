using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Refinery.Queue;

/// <summary>The refinery's own bare mirrors, one per rig.</summary>
sealed class Repositories(DataDirectory data, GitRunner git)
{
    /// <summary>The mirror as it stands; made or brought up to date by whoever needs that.</summary>
    public Mirror Of(string rigId, string gitUrl) => new(Path.Combine(data.For("refinery", "mirrors"), rigId + ".git"), gitUrl, git, TimeProvider.System);

    public GitRunner Git => git;

    public static string Head(string branch) => "refs/heads/" + branch;

    /// <summary>Where the mirror keeps a branch of the origin.</summary>
    public static string Tracked(string branch) => "refs/remotes/origin/" + branch;
}
