using ClaudeManage.Contracts.Health;

namespace ClaudeManage.Health.Domain;

/// <summary>What can happen to an incident.</summary>
enum IncidentMove
{
    /// <summary>The same cause again.</summary>
    Again,

    /// <summary>Its time is over, and nobody has looked.</summary>
    Due,

    /// <summary>Somebody looks at it.</summary>
    Acknowledge,

    /// <summary>It is over.</summary>
    Close,
}

/// <summary>
/// The life of an incident: open → acknowledged → closed. While nobody has acknowledged it, it is raised one level after its time, at most twice.
/// A closed one stays closed: the same cause raises another.
/// </summary>
static class Escalation
{
    public const string Open = "open", Acknowledged = "acknowledged", Closed = "closed";

    /// <summary>How often it is raised by itself.</summary>
    public const int MaxLevel = 2;

    static readonly Dictionary<(string, IncidentMove), string> Table = new()
    {
        [(Open, IncidentMove.Again)] = Open,
        [(Open, IncidentMove.Due)] = Open,
        [(Open, IncidentMove.Acknowledge)] = Acknowledged,
        [(Open, IncidentMove.Close)] = Closed,
        [(Acknowledged, IncidentMove.Again)] = Acknowledged,
        [(Acknowledged, IncidentMove.Acknowledge)] = Acknowledged,
        [(Acknowledged, IncidentMove.Close)] = Closed,
        [(Closed, IncidentMove.Close)] = Closed,
    };

    /// <summary>The state it leads to; null where it is refused.</summary>
    public static string? Next(string state, IncidentMove move) => Table.TryGetValue((state, move), out var next) ? next : null;

    /// <summary>One level worse.</summary>
    public static Severity Raised(Severity severity) => severity == Severity.Critical ? Severity.Critical : severity - 1;

    /// <summary>True when something this bad goes where only what is at least <paramref name="least"/> goes.</summary>
    public static bool Reaches(Severity severity, Severity least) => severity <= least;
}
