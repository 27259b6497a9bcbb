using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Client;

public sealed partial class TownClient
{
    /// <summary>The services that keep dead letters of their own.</summary>
    public static IReadOnlyList<string> Services { get; } = ["work", "hook", "workflow", "convoy", "refinery", "health", "supervisor"];

    /// <summary><c>GET /dead-letters/{service}</c>: what its endpoints gave up on, grouped by cause.</summary>
    public TownCall<DeadLetterList> DeadLetters(string service) => Get<DeadLetterList>($"dead-letters/{Esc(service)}");

    /// <summary><c>GET /dead-letters/{service}/{id}</c>: with its message and what went wrong.</summary>
    public TownCall<DeadLetterDetail> DeadLetter(string service, long id) => Get<DeadLetterDetail>($"dead-letters/{Esc(service)}/{id}");

    /// <summary><c>POST …/replay</c>: delivered again, to its endpoint only.</summary>
    /// <param name="which">A letter's number, or a group's key.</param>
    public TownCall<DeadLettersDone> ReplayDeadLetters(string service, string which) => Post<DeadLettersDone>($"dead-letters/{Esc(service)}/{Place(which)}/replay");

    /// <summary><c>POST …/discard</c>: thrown away.</summary>
    /// <param name="which">A letter's number, or a group's key.</param>
    public TownCall<DeadLettersDone> DiscardDeadLetters(string service, string which, string? reason = null) =>
        Post<DeadLettersDone>($"dead-letters/{Esc(service)}/{Place(which)}/discard", new WithReason(reason));

    static string Place(string which) => which.All(char.IsAsciiDigit) ? which : $"groups/{Esc(which)}";
}
