using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Tests.Hosting;

/// <summary>Where the modules of a test keep their rows: SQLite files, or a PostgreSQL database for each.</summary>
public sealed class Ground : IAsyncDisposable
{
    readonly List<PostgresDatabase> _databases = [];
    readonly Dictionary<string, string?> _settings = [];

    /// <param name="modules">Names of the modules that get a database each; <c>probe</c> is one.</param>
    public static async Task<Ground> MakeAsync(bool postgres, IReadOnlyList<string> modules, CancellationToken ct)
    {
        var ground = new Ground();
        if (!postgres) return ground;
        ground._settings["Database:Provider"] = "Postgres";
        foreach (var module in modules)
        {
            ground._databases.Add(await PostgresDatabase.CreateAsync(ct));
            ground._settings[$"ConnectionStrings:{module}"] = ground._databases[^1].ConnectionString + ";Maximum Pool Size=10";
        }
        return ground;
    }

    /// <summary>The settings of a host on it.</summary>
    public Dictionary<string, string?> With(params IEnumerable<(string Key, string Value)> more)
    {
        var settings = new Dictionary<string, string?>(_settings);
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases) await database.DisposeAsync();
    }
}
