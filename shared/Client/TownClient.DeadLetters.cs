using ClaudeManage.Contracts.Http;

namespace ClaudeManage.Client;

public sealed partial class TownClient
{
    /// <summary>The services that keep dead letters of their own.</summary>
    public static IReadOnlyList<string> Services { get; } = ["work", "hook", "workflow", "convoy", "refinery", "health", Supervisor];

    const string Supervisor = "supervisor";

    /// <summary>Who keeps dead letters: every service, and where several nodes run agents each of them, as <c>supervisor@node</c>.</summary>
    public async Task<IReadOnlyList<string>> DeadLetterKeepersAsync(CancellationToken ct)
    {
        var nodes = (await Get<Page<KnownNode>>("runtime/nodes?limit=500").SendAsync(ct)).Items;
        return nodes.Count < 2 ? Services : [.. Services.Where(s => s != Supervisor), .. nodes.Select(n => $"{Supervisor}@{n.Node.NodeId}")];
    }

    /// <summary><c>GET /dead-letters/{service}</c>: what its endpoints gave up on, grouped by cause.</summary>
    /// <param name="keeper">One of <see cref="DeadLetterKeepersAsync"/>, here and below.</param>
    public TownCall<DeadLetterList> DeadLetters(string keeper) => Get<DeadLetterList>(Letters(keeper));

    /// <summary><c>GET /dead-letters/{service}/{id}</c>: with its message and what went wrong.</summary>
    public TownCall<DeadLetterDetail> DeadLetter(string keeper, long id) => Get<DeadLetterDetail>(Letters(keeper, $"/{id}"));

    /// <summary><c>POST …/replay</c>: delivered again, to its endpoint only.</summary>
    /// <param name="which">A letter's number, or a group's key.</param>
    public TownCall<DeadLettersDone> ReplayDeadLetters(string keeper, string which) => Post<DeadLettersDone>(Letters(keeper, $"/{Place(which)}/replay"));

    /// <summary><c>POST …/discard</c>: thrown away.</summary>
    /// <param name="which">A letter's number, or a group's key.</param>
    public TownCall<DeadLettersDone> DiscardDeadLetters(string keeper, string which, string? reason = null) =>
        Post<DeadLettersDone>(Letters(keeper, $"/{Place(which)}/discard"), new WithReason(reason));

    static string Place(string which) => which.All(char.IsAsciiDigit) ? which : $"groups/{Esc(which)}";

    static string Letters(string keeper, string place = "") => keeper.Split('@', 2) switch
    {
        [var service, var node] => $"dead-letters/{Esc(service)}{place}?node={Esc(node)}",
        _ => $"dead-letters/{Esc(keeper)}{place}",
    };
}
