namespace ClaudeManage.Persistence;

public enum DatabaseProvider { Sqlite, Postgres }

/// <summary>Section <c>Database</c>. PostgreSQL reads <c>ConnectionStrings:&lt;module&gt;</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>Where rows are kept: files of the one process of a town, or a server that replicas share.</summary>
    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    /// <summary>SQLite: one file per module, <c>&lt;Directory&gt;/&lt;module&gt;.db</c>.</summary>
    public string Directory { get; set; } = "data";

    /// <summary>SQLite: FULL keeps every acknowledged commit across a power cut; NORMAL only across a crash of the process.</summary>
    public string Synchronous { get; set; } = "FULL";
}
