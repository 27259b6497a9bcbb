using System.Text.Json;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Auth;

namespace ClaudeManage.Cli.Stack;

/// <summary>Where a stack keeps what it owns: in a town's data directory its keys and address, below <c>stack/</c> everything else.</summary>
sealed class StackDirectory(string data)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Data => data;

    public string Root => Path.Combine(data, "stack");

    public string TownKey => Path.Combine(data, "town.key");

    public string TownPublicKey => Path.Combine(data, "town.pub");

    public string OverseerToken => Path.Combine(data, "overseer.token");

    public string SupervisorToken => Path.Combine(Root, "supervisor.token");

    public string KeeperLog => Log("keeper");

    public bool Exists => File.Exists(SecretsFile);

    string SecretsFile => Path.Combine(Root, "secrets.json");

    string StateFile => Path.Combine(Root, "processes.json");

    /// <summary>What a process has printed, over all its lives.</summary>
    public string Log(string process) => Path.Combine(Root, "logs", process + ".log");

    /// <summary>The data directory of one process.</summary>
    public string Of(string process) => Path.Combine(Root, process);

    /// <summary>Makes what is missing.</summary>
    public void Create()
    {
        Directory.CreateDirectory(Root);
        // PostgreSQL runs as another user where we are root: it has to get through, and sees nothing on its way.
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            foreach (var path in (string[])[Data, Root]) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(Path.Combine(Root, "logs"));
    }

    /// <summary>What was generated when the stack was made; null before.</summary>
    public StackSecrets? ReadSecrets() => File.Exists(SecretsFile) ? JsonSerializer.Deserialize<StackSecrets>(File.ReadAllText(SecretsFile), Json) : null;

    public void Write(StackSecrets secrets) => PrivateFile.Write(SecretsFile, JsonSerializer.Serialize(secrets, Json));

    /// <summary>What runs, or ran last.</summary>
    public StackState ReadState() => File.Exists(StateFile) ? JsonSerializer.Deserialize<StackState>(File.ReadAllText(StateFile), Json)! : new(null, []);

    public void Write(StackState state) => PrivateFile.Write(StateFile, JsonSerializer.Serialize(state, Json));

    public void ForgetState() => File.Delete(StateFile);
}

/// <summary>What the keeper has started.</summary>
/// <param name="Url">The gateway's address.</param>
sealed record StackState(Uri? Url, IReadOnlyList<StackProcessState> Processes);

/// <summary>One process.</summary>
/// <param name="Identity">Of its last life, as <see cref="ProcessIdentity"/> writes it; null before the first.</param>
/// <param name="Restarts">How often it was started again since the stack came up.</param>
sealed record StackProcessState(string Name, string Service, Uri Address, string? Identity, int Restarts, DateTimeOffset? Since)
{
    /// <summary>The running process; null when it does not run.</summary>
    public ProcessIdentity? Running() => ProcessIdentity.TryParse(Identity, out var id) && ProcessGroup.IsAlive(id) ? id : null;
}

/// <summary>Names, passwords and servers of a stack; in one file that only its owner reads.</summary>
/// <param name="Prefix">Of databases, roles, broker users and the virtual host, so that several stacks may share servers.</param>
/// <param name="Passwords">By service: of its role and of its broker user.</param>
/// <param name="Postgres">Connection string of an administrator; null for a private server.</param>
/// <param name="RabbitMq">amqp URI of an administrator; null for a private broker.</param>
/// <param name="Management">Address of the broker's management API with user and password.</param>
sealed record StackSecrets(string Prefix, string AdminPassword, IReadOnlyDictionary<string, string> Passwords, string? Postgres, string? RabbitMq, string? Management);
