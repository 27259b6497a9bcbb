namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>
/// A clear no: nothing was changed, and the text says what happened, why, and what to do next. It becomes an
/// RFC 9457 problem with this <paramref name="Code"/>, which is stable and documented in docs/api.md.
/// </summary>
/// <param name="Status">HTTP status: 400, 403, 404, 409, 412, 413, 422, 429, 503.</param>
/// <param name="Pointer">JSON pointer of the offending field, for status 400.</param>
/// <param name="Extensions">Further members of the problem, e.g. the holder of a lease.</param>
/// <param name="RetryAfterSeconds">When it is worth another try (<c>Retry-After</c>), where that is known.</param>
public sealed record Refusal(int Status, string Code, string Detail, string? Pointer = null, IReadOnlyDictionary<string, object?>? Extensions = null, int? RetryAfterSeconds = null)
{
    /// <summary>400: a field is missing or wrong.</summary>
    public static Refusal Invalid(string pointer, string detail) => new(400, "invalid", detail, pointer);

    /// <summary>403: the token may not do this.</summary>
    public static Refusal Forbidden(string detail) => new(403, "forbidden", detail);

    /// <summary>404: no such thing.</summary>
    /// <param name="kind">What it would be, in words.</param>
    /// <param name="id">What was asked for.</param>
    /// <param name="next">What to do instead; by default, to look it up in the list of its kind.</param>
    public static Refusal NotFound(string kind, string id, string? next = null) =>
        new(404, "not-found", $"There is no {kind} '{id}'. {next ?? $"Check the id; GET /{kind.Replace(' ', '-')}s lists what there is."}");

    /// <summary>409: the state does not allow it.</summary>
    public static Refusal Conflict(string code, string detail, params (string Key, object? Value)[] more) =>
        new(409, code, detail, null, more.Length == 0 ? null : more.ToDictionary(m => m.Key, m => m.Value));

    /// <summary>412: somebody changed it meanwhile.</summary>
    public static Refusal VersionMismatch(long current) =>
        new(412, "version-mismatch", $"It is at version {current} by now. Read it again, then repeat the change with If-Match: \"{current}\".", null,
            new Dictionary<string, object?> { ["version"] = current });

    /// <summary>422: understood, and not acceptable as it stands.</summary>
    public static Refusal Unprocessable(string code, string detail) => new(422, code, detail);

    /// <summary>503: something this needs does not answer.</summary>
    public static Refusal Unavailable(string code, string detail) => new(503, code, detail);

    /// <summary>To leave a transaction, undoing it.</summary>
    public RefusalException AsException() => new(this);
}

/// <summary>Carries a <see cref="Refusal"/> out of a transaction, which is rolled back.</summary>
public sealed class RefusalException(Refusal refusal) : Exception(refusal.Detail)
{
    /// <summary>What is refused and why.</summary>
    public Refusal Refusal { get; } = refusal;
}

/// <summary>Collects every mistake of a request, so that a caller need not find them one by one.</summary>
public sealed class Validation
{
    readonly List<(string Pointer, string Detail)> _errors = [];

    /// <summary>Notes a mistake unless <paramref name="ok"/>.</summary>
    public Validation Check(bool ok, string pointer, string detail)
    {
        if (!ok) _errors.Add((pointer, detail.EndsWith('.') ? detail : detail + "."));
        return this;
    }

    /// <summary>Notes a text that is too long, or that not every database keeps. Null passes.</summary>
    public Validation MaxLength(string? text, int max, string pointer) =>
        Check(text is null || text.Length <= max, pointer, $"At most {max} characters; these are {text?.Length}.").NoNul(text, pointer);

    /// <summary>Notes a text with a NUL character, which PostgreSQL does not keep. Null passes.</summary>
    public Validation NoNul(string? text, string pointer) =>
        Check(text?.Contains('\0') is not true, pointer, "A text holds no NUL character; leave it out.");

    /// <summary>Notes a collection that is too large. Null passes.</summary>
    public Validation MaxCount<T>(IReadOnlyCollection<T>? items, int max, string pointer) =>
        Check(items is null || items.Count <= max, pointer, $"At most {max} entries; these are {items?.Count}.");

    /// <summary>Refuses (400) with all mistakes, if there are any.</summary>
    public void ThrowIfInvalid()
    {
        if (_errors.Count == 0) return;
        var errors = _errors.Select(e => new { pointer = e.Pointer, detail = e.Detail }).ToArray();
        throw new Refusal(400, "invalid", string.Join(" ", _errors.Select(e => $"{e.Pointer}: {e.Detail}")), _errors[0].Pointer,
            new Dictionary<string, object?> { ["errors"] = errors }).AsException();
    }
}
