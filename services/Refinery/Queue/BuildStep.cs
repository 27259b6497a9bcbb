using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.Refinery.Data;
using ClaudeManage.Refinery.Domain;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Refinery.Queue;

/// <summary>Looks whether a request can land at all, and puts together what would land: objects in the mirror, no checkout, no ref moved.</summary>
sealed class BuildStep(QueueWork work, Repositories repositories, StepPoints points, TimeProvider clock, IOptions<RefineryOptions> options)
{
    const int FirstLook = 1;        // seconds between looks for a commit that is not there yet; doubled up to 10

    /// <param name="on">What it is to stand on: the one before it of those that land together. Null: the target's tip.</param>
    public async Task RunAsync(StepOrder order, ChainLink? on, CancellationToken ct)
    {
        var (request, rig, _) = await work.ReadAsync(order, ct);
        if (CheckNames(request, rig) is { } no)
        {
            await RefuseAsync(order, no, ct);
            return;
        }
        var target = rig.DefaultBranch ?? await DetectAsync(rig.GitUrl!, ct);
        if (request.Branch == target)
        {
            await RefuseAsync(order, $"{target} is the branch changes are landed on. Put the change on a branch of its own.", ct);
            return;
        }
        var mirror = repositories.Of(rig.Id, rig.GitUrl!);
        await mirror.EnsureAsync(ct);
        await mirror.FetchAsync(ct);
        var tip = await mirror.ResolveAsync(Repositories.Tracked(target), ct) ?? throw new GitException($"the origin has no branch '{target}', on which changes are landed");
        await LookAsync(order, request, rig, mirror, new History(mirror), target, on?.Candidate ?? tip, on, ct);
    }

    async Task LookAsync(StepOrder order, MergeRequest request, RigCopy rig, Mirror mirror, History history, string target, string tip, ChainLink? on, CancellationToken ct)
    {
        var head = await mirror.ResolveAsync(Repositories.Tracked(request.Branch), ct);
        var commit = request.Commit.Length > 0 ? await mirror.ResolveAsync(request.Commit, ct) : head;
        if (head is null || commit is null || !await history.IsAncestorAsync(commit, head, ct))
        {
            await WaitAsync(order, ct);
            return;
        }
        var mergeBase = await history.MergeBaseAsync(tip, commit, ct);
        var files = mergeBase is null ? [] : await history.ChangedFilesAsync(mergeBase, commit, ct);
        var refusal = mergeBase is null ? Feedback.Unrelated(request.Branch, target)
            : files.Count == 0 || await history.CommitsAheadAsync(tip, commit, ct) == 0 ? Feedback.NotAhead(request.Branch, commit, target)
            : !request.Privileged && PathPatterns.Touched(rig.Merge.ProtectedPaths, files) is { Count: > 0 } touched ? Feedback.Protected(request.Author, touched)
            : null;
        if (refusal is not null)
        {
            await RefuseAsync(order, refusal, ct);
            return;
        }
        // A branch that was made to fit the one before it holds that one's changes, which are landed as another commit.
        var since = on is not null && await history.IsAncestorAsync(on.Commit, commit, ct) ? on.Commit : null;
        var candidate = await CandidateAsync(request, mirror, tip, commit, since, ct);
        if (candidate.Conflict is { } conflict)
        {
            var detail = string.Join('\n', conflict.Messages.Where(m => m.StartsWith("CONFLICT", StringComparison.Ordinal)).Take(20));
            var info = new ConflictInfo([.. conflict.ConflictFiles.Take(200)], target, tip, detail);
            await work.WriteAsync(order, (s, token) => DoneAsync(s,
                new FindConflict(info, target, commit, mergeBase, Feedback.Conflict(request.Branch, on is null ? target : $"{target} with {on.Branch}, which lands with it", tip, info.Files, detail, on?.Branch)), token), ct);
            return;
        }
        var tree = await history.TreeOfAsync(candidate.Commit!, ct);
        var tipTree = await history.TreeOfAsync(tip, ct);
        if (tree == tipTree)
        {
            await RefuseAsync(order, Feedback.NotAhead(request.Branch, commit, target), ct);
            return;
        }
        await work.WriteAsync(order, (s, token) => DoneAsync(s, new TakeCandidate(target, commit, mergeBase, candidate.Commit!, tree, tip, tipTree), token), ct);
        await points.Reach(StepPoints.CandidateRecorded, ct);
    }

    Task<Candidate> CandidateAsync(MergeRequest request, Mirror mirror, string tip, string commit, string? since, CancellationToken ct)
    {
        var builder = new MergeBuilder(mirror);
        var committer = new GitIdentity(options.Value.CommitterName, options.Value.CommitterEmail);
        var message = MergeMessage.For(request.Id, request.WorkItemId, request.Author, request.Title, request.Summary);
        return request.Strategy == MergeStrategy.Squash
            ? builder.SquashAsync(tip, commit, message, committer, clock.Now(), ct, since)
            : builder.MergeAsync(tip, commit, message, committer, clock.Now(), ct);
    }

    // An agent's branch is pushed when its session ends, which may be after it said it was done.
    Task WaitAsync(StepOrder order, CancellationToken ct) => work.WriteAsync(order, async (s, token) =>
    {
        var now = clock.Now();
        await s.Holds.WorkedAsync(order.RigId, token, HoldKind.Origin);
        if (now >= s.Request.WaitUntil)
        {
            await s.Flow.RaiseAsync(s.Request, new Refusing(Feedback.Missing(s.Request.Branch, s.Request.Commit, options.Value.BranchWaitSeconds)), QueueHolds.Driver, token);
            return;
        }
        var waited = now - (s.Request.WaitUntil - TimeSpan.FromSeconds(options.Value.BranchWaitSeconds));
        var next = now + TimeSpan.FromSeconds(Math.Clamp(waited.TotalSeconds, FirstLook, 10));
        s.Request.NotBefore = next < s.Request.WaitUntil ? next : s.Request.WaitUntil;
        s.Flow.Touch(s.Request);
    }, ct);

    Task RefuseAsync(StepOrder order, string why, CancellationToken ct) => work.WriteAsync(order, (s, token) => DoneAsync(s, new Refusing(why), token), ct);

    static async Task DoneAsync<T>(StepSession s, T happened, CancellationToken ct) where T : class, IMergeRequestEvent
    {
        await s.Holds.WorkedAsync(s.Rig.Id, ct, HoldKind.Origin);
        await s.Flow.RaiseAsync(s.Request, happened, QueueHolds.Driver, ct);
    }

    static string? CheckNames(MergeRequest request, RigCopy rig) =>
        rig.GitUrl is null ? $"The rig {rig.Id} has no repository, so nothing can be landed. Complete its items with the merge strategy none."
        : GitNames.ValidateBranch(request.Branch) is { } branch ? $"The branch cannot be used: {branch}."
        : request.Commit.Length > 0 && GitNames.ValidateSha(request.Commit) is { } commit ? $"The commit cannot be used: {commit}."
        : null;

    async Task<string> DetectAsync(string url, CancellationToken ct)
    {
        var found = await DefaultBranch.DetectAsync(repositories.Git, url, ct);
        return found.Branch ?? throw new GitException(found.Message);
    }
}
