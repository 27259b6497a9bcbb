using ClaudeManage.Contracts.Supervisor;

namespace ClaudeManage.Supervisor.Domain;

/// <summary>What is still to be done for a session; a restart continues from here.</summary>
enum SessionPhase
{
    /// <summary>Asked for; no lease yet.</summary>
    Requested,

    /// <summary>Leased; worktree and environment are being made. A process may exist that no row names yet.</summary>
    Preparing,

    /// <summary>The process is on record.</summary>
    Running,

    /// <summary>The process is over and everything is saved; the town is to be told.</summary>
    Reporting,

    /// <summary>Nothing left to do.</summary>
    Over,
}

/// <summary>The allowed steps of a session's phase, and the public states each phase may show.</summary>
static class SessionPhases
{
    static readonly Dictionary<SessionPhase, SessionPhase[]> Next = new()
    {
        [SessionPhase.Requested] = [SessionPhase.Preparing, SessionPhase.Over],
        [SessionPhase.Preparing] = [SessionPhase.Running, SessionPhase.Reporting, SessionPhase.Over],
        [SessionPhase.Running] = [SessionPhase.Reporting],
        [SessionPhase.Reporting] = [SessionPhase.Over],
        [SessionPhase.Over] = [],
    };

    public static bool CanGo(SessionPhase from, SessionPhase to) => Next[from].Contains(to);

    public static bool Allows(SessionPhase phase, SessionState state) => phase switch
    {
        SessionPhase.Requested or SessionPhase.Preparing => state == SessionState.Preparing,
        SessionPhase.Running => state == SessionState.Running,
        _ => state is not (SessionState.Preparing or SessionState.Running),
    };
}
