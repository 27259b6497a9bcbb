using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;

namespace ClaudeManage.Supervisor.Town;

/// <summary>What a supervisor asks the town over HTTP.</summary>
/// <remarks>Every call throws <see cref="TownRefusedException"/> for a definite no and <see cref="TownUnreachableException"/> when repeating may help.</remarks>
interface ITownCalls
{
    /// <summary>The lease of that assignment; null when it is not to be had.</summary>
    Task<ClaimResult?> ClaimAsync(string hookId, Guid assignmentId, Guid sessionId, CancellationToken ct);

    /// <summary>One answer per token, in the order asked.</summary>
    Task<IReadOnlyList<RenewResult>> RenewAsync(IReadOnlyList<string> tokens, CancellationToken ct);

    Task ReleaseAsync(ReleaseRequest request, CancellationToken ct);

    Task<DoneResult> DoneAsync(string workItemId, DoneRequest request, CancellationToken ct);

    Task HandoffAsync(HandoffRequest request, CancellationToken ct);

    Task<RigSnapshot> RigAsync(string rigId, CancellationToken ct);

    Task<WorkItemDetail> WorkItemAsync(string workItemId, CancellationToken ct);

    Task<AssignmentSnapshot> AssignmentAsync(Guid assignmentId, CancellationToken ct);
}

/// <summary>The town said no, and will say so again.</summary>
sealed class TownRefusedException(int status, string code, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}

/// <summary>No answer, or none that counts: try again.</summary>
sealed class TownUnreachableException(string message, Exception? inner = null) : Exception(message, inner);
