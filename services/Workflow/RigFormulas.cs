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
/// looked at again after a quarter of a minute; when it cannot be, what was seen last counts.
/// </summary>
sealed class RigFormulas(DataDirectory data, GitRunner git, TimeProvider clock)
{
    static readonly string[] Folders = [".claudemanage/formulas", ".beads/formulas"], Endings = [".formula.toml", ".formula.json"];

    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);

    readonly ConcurrentDictionary<(string Rig, string Url, string Branch), Listing> _seen = new();

    sealed record Listing(Mirror Mirror, string? Commit, IReadOnlyDictionary<string, string> Paths, DateTimeOffset At);

    /// <summary>Names of what there is. None for a rig without a repository.</summary>
    /// <exception cref="RefusalException">503: it cannot be read and was never seen.</exception>
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
            var mirror = new Mirror(Path.Combine(data.For("workflow", "mirrors"), rig.Id + ".git"), url, git);
            if (Directory.Exists(mirror.Directory)) await mirror.FetchAsync(ct);
            else await mirror.EnsureAsync(ct);
            return _seen[key] = await ListAsync(mirror, await mirror.ResolveAsync("refs/remotes/origin/" + branch, ct), now, ct);
        }
        catch (Exception e) when (e is GitException or ArgumentException)
        {
            return last ?? throw Refusal.Unavailable("repository-unreachable",
                $"A formula of the rig {rig.Id} may be in its repository, which cannot be read: {GitUrl.Redact(e.Message).Trim().TrimEnd('.')}. See that this service reaches it, or correct its address (PATCH /rigs/{rig.Id}).").AsException();
        }
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
