using System.Collections.Concurrent;
using ClaudeManage.Git;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Formulas;

namespace ClaudeManage.Workflow;

/// <summary>A formula's text in a rig's repository, at the commit it was read from.</summary>
sealed record RigFormula(string Source, string Path, string Commit);

/// <summary>
/// The formulas in rigs' repositories, as their default branches have them: <c>.claudemanage/formulas</c>, then <c>.beads/formulas</c>. The branch is
/// looked at again after a quarter of a minute; when it cannot be, what was seen last counts. A repository is read once for all who ask, and read to its end though they
/// all leave.
/// </summary>
sealed class RigFormulas(DataDirectory data, GitRunner git, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    static readonly string[] Folders = [".claudemanage/formulas", ".beads/formulas"], Endings = [".formula.toml", ".formula.json"];

    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);

    /// <summary>How long a request waits for a repository that is being read; then what was seen last counts, or its sender is told to come again.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<(string Rig, string Url, string Branch), Listing> _seen = new();
    readonly ConcurrentDictionary<(string Rig, string Url, string Branch), Lazy<Task<Listing>>> _reading = new();

    sealed record Listing(Mirror Mirror, string? Commit, IReadOnlyDictionary<string, string> Paths, DateTimeOffset At);

    /// <summary>Names of what there is. None for a rig without a repository.</summary>
    /// <exception cref="RefusalException">503: it was never seen, and cannot be read or is still being read.</exception>
    public async Task<IReadOnlyCollection<string>> NamesAsync(RigCopy rig, CancellationToken ct) => await LookAsync(rig, ct) is { } listing ? [.. listing.Paths.Keys] : [];

    /// <summary>Null when the rig's repository has no formula of that name.</summary>
    /// <inheritdoc cref="NamesAsync"/>
    public async Task<RigFormula?> FindAsync(RigCopy rig, string name, CancellationToken ct)
    {
        if (await LookAsync(rig, ct) is not { Commit: { } commit } listing || !listing.Paths.TryGetValue(name, out var path)) return null;
        return new RigFormula(await git.RunAsync(new GitCall(listing.Mirror.Directory, "cat-file", "blob", $"{commit}:{path}") { MaxOutputBytes = 4 * FormulaReader.MaxLength }, ct), path, commit);
    }

    async Task<Listing?> LookAsync(RigCopy rig, CancellationToken ct)
    {
        if (rig is not { GitUrl: { Length: > 0 } url, DefaultBranch: { Length: > 0 } branch }) return null;
        var (key, now) = ((rig.Id, url, branch), clock.GetUtcNow());
        if (_seen.TryGetValue(key, out var last) && now >= last.At && now - last.At < Fresh) return last;
        try
        {
            return await _reading.GetOrAdd(key, k => new(() => Task.Run(() => ReadAsync(k, lifetime.ApplicationStopping)))).Value.WaitAsync(Patience, clock, ct);
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return last ?? throw new Refusal(503, "repository-being-read",
                $"A formula of the rig {rig.Id} may be in its repository, which is being read for the first time. Repeat the request; it waits for that again.", RetryAfterSeconds: 5).AsException();
        }
        catch (Exception e) when (e is GitException or ArgumentException)
        {
            return last ?? throw Refusal.Unavailable("repository-unreachable",
                $"A formula of the rig {rig.Id} may be in its repository, which cannot be read: {GitUrl.Redact(e.Message).Trim().TrimEnd('.')}. See that this service reaches it, or correct its address (PATCH /rigs/{rig.Id}).").AsException();
        }
    }

    async Task<Listing> ReadAsync((string Rig, string Url, string Branch) key, CancellationToken ct)
    {
        try
        {
            var (mirror, now) = (new Mirror(Path.Combine(data.For("workflow", "mirrors"), key.Rig + ".git"), key.Url, git), clock.GetUtcNow());
            if (Directory.Exists(mirror.Directory)) await mirror.FetchAsync(ct);
            else await mirror.EnsureAsync(ct);
            return _seen[key] = await ListAsync(mirror, await mirror.ResolveAsync("refs/remotes/origin/" + key.Branch, ct), now, ct);
        }
        finally { _reading.TryRemove(key, out _); }
    }

    async Task<Listing> ListAsync(Mirror mirror, string? commit, DateTimeOffset now, CancellationToken ct)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        if (commit is null) return new Listing(mirror, null, paths, now);
        var all = (await git.RunAsync(mirror.Directory, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", .. Folders], ct)).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        // The first folder goes before the second, and TOML before JSON.
        foreach (var folder in Folders)
            foreach (var ending in Endings)
                foreach (var path in all.Where(p => p.StartsWith(folder + "/", StringComparison.Ordinal) && p.EndsWith(ending, StringComparison.Ordinal)))
                    if (path[(folder.Length + 1)..^ending.Length] is var name && FormulaValidation.NamePattern().IsMatch(name)) paths.TryAdd(name, path);
        return new Listing(mirror, commit, paths, now);
    }
}
