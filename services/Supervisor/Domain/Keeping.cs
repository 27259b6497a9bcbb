using ClaudeManage.Contracts;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>How a work item ended.</summary>
/// <param name="Landed">What was done is in the target branch.</param>
sealed record ItemEnd(DateTimeOffset At, bool Landed)
{
    /// <summary>Null while it is not over: open, in somebody's hands, handed in, or in the trash, from which it may come back.</summary>
    public static ItemEnd? Of(WorkItemState state, DateTimeOffset? completedAt, DateTimeOffset? deletedAt, OutcomeKind? outcome) =>
        state == WorkItemState.Closed && deletedAt is null && completedAt is { } at ? new(at, outcome == OutcomeKind.Merged) : null;
}

/// <summary>When what a session left behind may go. Never while its work is not over.</summary>
sealed record Keeping(TimeSpan Transcripts, TimeSpan Landed, TimeSpan Unlanded)
{
    /// <summary>What the agent printed.</summary>
    public bool TranscriptMayGo(ItemEnd? end, DateTimeOffset sessionEnded, DateTimeOffset now) => end is not null && Instants.Later(end.At, sessionEnded) + Transcripts < now;

    /// <summary>What it left unsaved; longer where nothing of it is in the target branch.</summary>
    public bool CheckpointMayGo(ItemEnd? end, DateTimeOffset made, DateTimeOffset now) => end is not null && Instants.Later(end.At, made) + (end.Landed ? Landed : Unlanded) < now;
}
