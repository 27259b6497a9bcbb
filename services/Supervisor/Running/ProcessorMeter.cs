using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Supervisor.Running;

/// <summary>Whether sessions compute although they print nothing: a silent build is at work. One look at /proc serves all of them.</summary>
sealed class ProcessorMeter(SessionRegistry registry, TimeProvider clock)
{
    // Waiting in a loop costs a little; a build, a test or a search costs much more.
    const double Noticeable = 0.05;

    /// <summary>Marks the sessions that used the processor since the last look.</summary>
    public void Look()
    {
        var sessions = registry.All.Where(s => s.Leader is not null).ToList();
        if (sessions.Count == 0) return;
        var used = ProcessorTime.BySession();
        var at = clock.GetTimestamp();
        foreach (var session in sessions)
        {
            if (!used.TryGetValue(session.Leader!.Value, out var ticks)) continue;
            if (session.Metered is var (before, since) && ticks - before >= clock.GetElapsedTime(since, at).TotalSeconds * ProcessorTime.TicksPerSecond * Noticeable && ticks > before)
                session.BusyAt = clock.Now();
            session.Metered = (ticks, at);
        }
    }
}
