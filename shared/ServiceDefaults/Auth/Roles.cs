namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>What a token's bearer may do, in words. Enforced by <see cref="Caller"/> in every service.</summary>
public static class Roles
{
    /// <summary>Everything, in person.</summary>
    public const string Overseer = "overseer";

    /// <summary>Everything but handing out overseer tokens.</summary>
    public const string Operator = "operator";

    /// <summary>A node's supervisor: claims, renews and releases for the agents it runs.</summary>
    public const string Supervisor = "supervisor";

    /// <summary>One agent: itself, its own hook, items it holds, mail; creates items and reads.</summary>
    public const string Agent = "agent";

    /// <summary>Only hands in work from outside: every endpoint that is not marked <see cref="PublisherEndpoints.OpenToPublishers{TBuilder}"/> refuses it.</summary>
    public const string Publisher = "publisher";

    /// <summary>Only reads.</summary>
    public const string Viewer = "viewer";

    /// <summary>All roles there are.</summary>
    public static readonly IReadOnlyList<string> All = [Overseer, Operator, Supervisor, Agent, Publisher, Viewer];
}
