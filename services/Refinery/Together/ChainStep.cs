using ClaudeManage.Git;
using ClaudeManage.Refinery.Queue;

namespace ClaudeManage.Refinery.Together;

/// <summary>Sees whether all that a rig lands with a convoy is proved as it would land: on the target's tip of now, each on the one before it.</summary>
sealed class ChainStep(QueueWork work, Repositories repositories)
{
    public async Task RunAsync(StepOrder order, string convoyId, IReadOnlyList<string> candidates, CancellationToken ct)
    {
        var (request, rig, _) = await work.ReadAsync(order, ct);
        var mirror = repositories.Of(rig.Id, rig.GitUrl ?? throw new GitException($"the rig {rig.Id} has no repository any more"));
        await mirror.EnsureAsync(ct);
        await mirror.FetchAsync(ct);
        var target = rig.DefaultBranch ?? request.Target;
        var tip = await mirror.ResolveAsync(Repositories.Tracked(target), ct) ?? throw new GitException($"the origin has no branch '{target}', on which changes are landed");
        var present = new HashSet<string>();
        foreach (var candidate in candidates)
            if (await mirror.ResolveAsync(candidate, ct) is not null) present.Add(candidate);
        await work.WriteAsync(order, (s, token) => s.Together.CheckAsync(s, convoyId, target, tip, r => r.Candidate is { } c && present.Contains(c), token), ct);
    }
}
