namespace ClaudeManage.Cli.Stack;

/// <summary>The suite as processes, in the order in which they are listed everywhere.</summary>
static class StackServices
{
    /// <summary>They have a database each and any number of replicas.</summary>
    public static readonly IReadOnlyList<string> Replicated = ["work", "hook", "workflow", "convoy", "refinery", "health"];

    public const string Gateway = "gateway";

    public const string Supervisor = "supervisor";

    /// <summary>Everybody who speaks with the broker.</summary>
    public static readonly IReadOnlyList<string> OnBroker = [.. Replicated, Supervisor];

    /// <summary>The program of a service, beside this one.</summary>
    public static string Program(string service) => Path.Combine(AppContext.BaseDirectory, $"ClaudeManage.{Project(service)}.dll");

    /// <summary>Its project's name, which is also its namespace.</summary>
    public static string Project(string service) => char.ToUpperInvariant(service[0]) + service[1..];
}
