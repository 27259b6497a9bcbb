using ClaudeManage.Git;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Why a target did not move.</summary>
/// <param name="Refused">The origin answered, and will not have it.</param>
sealed record NotMoved(string Why, bool Refused = false);

/// <summary>Moves a branch of the origin from one commit to another and to nothing else.</summary>
static class Targets
{
    /// <summary>Null when the target contains the commit, also when an earlier push had moved it.</summary>
    /// <param name="unwanted">A reason not to push that has come up since.</param>
    /// <exception cref="GitException">Nothing is known; the next try looks first.</exception>
    public static async Task<NotMoved?> MoveAsync(Mirror mirror, string target, string from, string to, string? unwanted, CancellationToken ct)
    {
        var now = await mirror.RemoteRefAsync(Repositories.Head(target), ct) ?? throw new GitException($"the origin has no branch '{target}' any more");
        if (now == to) return null;
        if (now != from) return await ContainsAsync(mirror, target, to, ct) ? null : new($"{target} moved from {from} to {now}");
        if (unwanted is not null) return new(unwanted);
        var push = await mirror.PushAsync(to, Repositories.Head(target), from, ct);
        return push.Outcome switch
        {
            PushOutcome.Landed => null,
            // Somebody may have pushed onto it before it was read back.
            PushOutcome.Stale when await ContainsAsync(mirror, target, to, ct) => null,
            PushOutcome.Stale => new($"{target} moved while {to} was pushed: {push.Message}"),
            PushOutcome.Refused => new(push.Message, Refused: true),
            _ => throw new GitException($"pushing {target}: {push.Message}"),
        };
    }

    /// <summary>Reads back that the target contains the commit.</summary>
    public static async Task ProveAsync(Mirror mirror, string target, string commit, CancellationToken ct)
    {
        if (!await ContainsAsync(mirror, target, commit, ct)) throw new GitException($"{commit} was pushed to {target}, but the origin's {target} does not contain it");
    }

    static async Task<bool> ContainsAsync(Mirror mirror, string target, string commit, CancellationToken ct)
    {
        await mirror.FetchAsync(ct);
        return await mirror.ResolveAsync(Repositories.Tracked(target), ct) is { } tip && await new History(mirror).IsAncestorAsync(commit, tip, ct);
    }
}
