using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Supervisor.Data;

/// <summary>A rig as its owner last described it.</summary>
sealed class RigCopy
{
    public string Id { get; set; } = "";
    public long Version { get; set; }
    public RigSnapshot Rig { get; set; } = null!;
}

/// <summary>What an operator decided about this node; holds across a restart.</summary>
sealed class NodeRow
{
    public string Id { get; set; } = "";
    public bool Draining { get; set; }
}

/// <summary>An agent that gets no more work; its worktree is to go.</summary>
sealed class RetiredAgentRow
{
    public string AgentId { get; set; } = "";
    public string RigId { get; set; } = "";
}
