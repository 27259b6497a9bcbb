using System.Text.Json;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Messaging;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Supervisor.Data;
using ClaudeManage.Supervisor.Domain;

namespace ClaudeManage.Supervisor.Running;

/// <summary>
/// Says something to a running session: one JSON line in the file that <c>$CM_NUDGE_FILE</c> names, with an event as receipt. The same
/// nudge twice is one line.
/// </summary>
sealed class Nudges(IOutbox<SupervisorDbContext> outbox, SessionStore store, DataDirectory data, TimeProvider clock)
{
    /// <summary>Delivers it, or records why not.</summary>
    /// <param name="startedAt">The start of the process meant; null for whichever runs under this session.</param>
    /// <returns>Null when it was delivered.</returns>
    public async Task<string?> SayAsync(SessionRow row, DateTimeOffset? startedAt, Guid nudgeId, string kind, string text, string from, CancellationToken ct)
    {
        var failure = row.Phase != SessionPhase.Running ? "the session does not run any more"
            : startedAt is { } at && at != row.StartedAt ? "the session is another spawn than the one meant"
            : Write(row.Id, nudgeId, kind, text, from);
        await outbox.PublishAsync(new SessionNudged(store.Header(row, SessionNudged.Type), row.ToSnapshot(), nudgeId, kind, text, failure), ct);
        return failure;
    }

    string? Write(Guid session, Guid nudgeId, string kind, string text, string from)
    {
        var file = SessionDirectory.Of(data, session).Nudges;
        try
        {
            // A delivery that comes twice.
            if (File.Exists(file) && File.ReadLines(file).Any(l => l.Contains(nudgeId.ToString(), StringComparison.Ordinal))) return null;
            File.AppendAllText(file, JsonSerializer.Serialize(new { id = nudgeId, at = clock.Now(), kind, from, text }, JsonSettings.Web) + "\n");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return $"its nudge file cannot be written: {e.Message}"; }
    }
}
