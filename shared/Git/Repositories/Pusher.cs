namespace ClaudeManage.Git;

/// <summary>One ref on the origin, moved from a known value to another.</summary>
/// <param name="Ref">Full name.</param>
/// <param name="Old">What it must be now; null or all zeros: it must not exist.</param>
/// <param name="New">The commit; null deletes it.</param>
/// <param name="AllowRewind">Permit a new value that does not contain the old one.</param>
public sealed record RefUpdate(string Ref, string? Old, string? New, bool AllowRewind = false);

public enum PushOutcome
{
    /// <summary>The origin was read back and is as asked.</summary>
    Landed,

    /// <summary>The ref was not at its expected value: plan again.</summary>
    Stale,

    /// <summary>The origin, or a rule here, said no: a hook, a protected branch, a checkout with unsaved changes.</summary>
    Refused,

    /// <summary>No answer; nothing is known to have changed. Repeating is safe.</summary>
    Failed,
}

/// <param name="Message">Git's own words.</param>
public sealed record PushResult(PushOutcome Outcome, string Message)
{
    public bool Landed => Outcome == PushOutcome.Landed;
}

sealed class Pusher(Mirror mirror)
{
    public async Task<PushResult> PushAsync(IReadOnlyList<RefUpdate> updates, CancellationToken ct)
    {
        foreach (var u in updates)
            if (await RefuseAsync(u, ct) is { } no) return new(PushOutcome.Refused, no);
        mirror.RestoreConfig();
        var result = await TryAsync(updates, GitUrl.IsLocal(mirror.OriginUrl), ct);
        // A hosted git over ssh only accepts the plain command; a person's own machine may have the branch checked out.
        if (!result.Ok && GitUrl.IsSsh(mirror.OriginUrl) && result.StdErr.Contains("denyCurrentBranch", StringComparison.Ordinal))
            result = await TryAsync(updates, updateCheckout: true, ct);
        return await JudgeAsync(updates, result, ct);
    }

    async Task<string?> RefuseAsync(RefUpdate u, CancellationToken ct)
    {
        if (GitNames.ValidateRef(u.Ref) is { } no) return no;
        if (!u.Ref.StartsWith("refs/", StringComparison.Ordinal)) return $"'{u.Ref}' is not a full ref name";
        if (Old(u) is { } old && GitNames.ValidateSha(old) is { } badOld) return badOld;
        if (u.New is null) return null;
        if (GitNames.ValidateSha(u.New) is { } badNew) return badNew;
        if (await mirror.ResolveAsync(u.New, ct) is null) return $"{u.New} is not a commit of this mirror";
        if (u.AllowRewind || Old(u) is not { } before) return null;
        if (await mirror.ResolveAsync(before, ct) is null) return null;      // unknown here: the origin decides, it will be stale
        return await new History(mirror).IsAncestorAsync(before, u.New, ct) ? null : $"{u.New[..10]} does not contain {before[..10]}, the present {u.Ref}; nothing is overwritten";
    }

    Task<ProcessResult> TryAsync(IReadOnlyList<RefUpdate> updates, bool updateCheckout, CancellationToken ct)
    {
        var arguments = new List<string> { "push", "--porcelain", "--no-verify", "--no-follow-tags", "--atomic" };
        if (updateCheckout) arguments.Add(Remote.Write);
        arguments.AddRange(updates.Select(u => $"--force-with-lease={u.Ref}:{Old(u)}"));
        arguments.AddRange(["--", mirror.OriginUrl]);
        arguments.AddRange(updates.Select(u => $"{u.New}:{u.Ref}"));
        return mirror.Git.TryAsync(new GitCall(mirror.Directory, arguments) { Timeout = GitCall.Network }, ct);
    }

    async Task<PushResult> JudgeAsync(IReadOnlyList<RefUpdate> updates, ProcessResult result, CancellationToken ct)
    {
        // "!\t<from>:<to>\t[remote rejected] (reason)"
        var rejected = result.StdOut.Split('\n').Where(line => line.StartsWith('!')).Select(line => line.Split('\t')[^1]).ToList();
        var words = string.Join("\n", [.. rejected, GitRunner.Words(result)]);
        bool asWanted;
        try
        {
            // Read back whatever git said: a connection may break after the ref moved, and only the origin knows.
            asWanted = true;
            foreach (var u in updates) asWanted &= await mirror.RemoteRefAsync(u.Ref, ct) == u.New;
        }
        catch (GitException e) { return new(PushOutcome.Failed, result.Ok ? $"pushed, but it could not be read back: {e.Message}" : words); }
        if (asWanted) return new(PushOutcome.Landed, result.Ok ? "landed" : $"already there ({words})");
        if (result.Ok) return new(PushOutcome.Stale, "git reported success, but the origin has moved since");
        if (rejected.Exists(r => r.Contains("stale info", StringComparison.Ordinal) || r.Contains("fetch first", StringComparison.Ordinal)
            || r.Contains("failed to update ref", StringComparison.Ordinal) || r.Contains("cannot lock ref", StringComparison.Ordinal)))
            return new(PushOutcome.Stale, words);
        return new(rejected.Count > 0 ? PushOutcome.Refused : PushOutcome.Failed, words);
    }

    static string? Old(RefUpdate u) => u.Old is null || u.Old.All(c => c == '0') ? null : u.Old;
}
