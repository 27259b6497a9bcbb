using System.Collections.Concurrent;
using ClaudeManage.Contracts.Identity;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Hosting;

namespace ClaudeManage.Supervisor.Running;

/// <summary>What this node keeps of the rigs' repositories: a mirror each, worktrees, checkpoints.</summary>
sealed class RigRepositories(DataDirectory data, GitRunner git, TimeProvider clock)
{
    readonly ConcurrentDictionary<(string Rig, string Url), RigRepository> _known = new();

    /// <summary>Null for a rig without a repository.</summary>
    /// <exception cref="ArgumentException">Its address is not one git may be given.</exception>
    public RigRepository? For(RigSnapshot rig) => rig.GitUrl is not { Length: > 0 } url ? null
        : _known.GetOrAdd((rig.Id, url), key => new RigRepository(
            new Mirror(Path.Combine(data.For("mirrors"), key.Rig + ".git"), key.Url, git, clock), data.For("worktrees", key.Rig)));

    /// <summary>A place to work for an agent of a rig without a repository. What is in it stays.</summary>
    public string PlainDirectory(string rigId, string agentId) => data.For(["worktrees", rigId, .. Name(agentId).Split('/')]);

    /// <summary>Where an agent's worktree lies below its rig's: <c>shop/polecats/nux</c> → <c>polecats/nux</c>.</summary>
    public static string Name(string agentId) => ActorAddress.RigOf(agentId) is { } rig ? agentId[(rig.Length + 1)..] : agentId;
}

/// <summary>One rig's repository on this node.</summary>
sealed class RigRepository(Mirror mirror, string worktreeRoot)
{
    readonly Checkpoints _checkpoints = new(mirror);
    readonly Worktrees _worktrees = new(mirror, worktreeRoot);
    readonly History _history = new(mirror);
    volatile bool _made;

    /// <summary>The agent's own worktree, on the branch of this lease, off the right commit.</summary>
    /// <exception cref="GitException">With git's words.</exception>
    /// <exception cref="SessionNotStartedException">The base does not exist, or the worktree cannot be had.</exception>
    public async Task<(WorktreeResult Worktree, string BaseCommit)> PrepareAsync(string agentId, CheckpointKey key, string baseBranch, CancellationToken ct)
    {
        await FetchAsync(ct);
        var from = await mirror.ResolveAsync(baseBranch, ct)
            ?? throw new SessionNotStartedException($"The repository {GitUrl.Redact(mirror.OriginUrl)} has no branch {baseBranch}. Push it, or sling with another base branch.");
        var worktree = await _worktrees.AddAsync(new WorktreeRequest(RigRepositories.Name(agentId), key, from), ct);
        return worktree.Refusal is { } no ? throw new SessionNotStartedException($"There is no worktree for {agentId}: {no}") : (worktree, from);
    }

    async Task FetchAsync(CancellationToken ct)
    {
        if (!_made || !Directory.Exists(mirror.Directory)) await mirror.EnsureAsync(ct);
        _made = true;
        try { await mirror.FetchAsync(ct); }
        catch (GitException)
        {
            // Also the mirror itself may be damaged; it is looked at again next time.
            _made = false;
            throw;
        }
    }

    /// <summary>Saves what is in the agent's worktree, then removes it. Null when it is gone, else why it is not.</summary>
    /// <exception cref="GitException">It could not be saved, so it is still there.</exception>
    public async Task<string?> RemoveAsync(string agentId, CancellationToken ct) =>
        Directory.Exists(mirror.Directory) ? (await _worktrees.RemoveAsync(RigRepositories.Name(agentId), ct)).Refusal : null;

    public Task<CheckpointResult> CheckpointAsync(string worktree, CheckpointKey key, CancellationToken ct) => _checkpoints.SaveAsync(worktree, key, ct);

    /// <summary>Every checkpoint on this node; none before there is a mirror.</summary>
    public async Task<IReadOnlyList<CheckpointInfo>> CheckpointsAsync(CancellationToken ct) => Directory.Exists(mirror.Directory) ? await _checkpoints.ListAsync(ct: ct) : [];

    /// <summary>These are not needed any more.</summary>
    public Task ForgetAsync(IReadOnlyList<CheckpointInfo> old, CancellationToken ct) => _checkpoints.ForgetAsync(old, ct);

    /// <summary>The tip of a branch made here; it is in the mirror, whatever became of the worktree.</summary>
    public Task<string?> TipAsync(string branch, CancellationToken ct) => mirror.ResolveAsync("refs/heads/" + branch, ct);

    public async Task<string?> SubjectAsync(string commit, CancellationToken ct) => (await _history.CommitAsync(commit, ct)).Subject;

    /// <summary>Whether a commit is more than what <paramref name="target"/> has at the origin.</summary>
    public async Task<bool> IsAheadOfAsync(string target, string commit, CancellationToken ct) =>
        await mirror.ResolveAsync("refs/remotes/origin/" + target, ct) is not { } tip || !await _history.IsAncestorAsync(commit, tip, ct);

    /// <summary>Makes a branch of ours at the origin stand at this commit. The fence in its name says that it is nobody else's.</summary>
    public async Task<PushResult> PushAsync(string branch, string commit, CancellationToken ct)
    {
        var name = "refs/heads/" + branch;
        string? there;
        try { there = await mirror.RemoteRefAsync(name, ct); }
        catch (GitException e) { return new(PushOutcome.Failed, e.Message); }
        return there == commit ? new(PushOutcome.Landed, "already there")
            : await mirror.PushAsync([new RefUpdate(name, there, commit, AllowRewind: true)], ct);
    }
}

/// <summary>A session cannot be started; the message says why and what to do.</summary>
sealed class SessionNotStartedException(string message, Exception? inner = null, StartFault fault = StartFault.Rig) : Exception(message, inner)
{
    public StartFault Fault { get; } = fault;
}
