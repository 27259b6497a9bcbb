using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeManage.Persistence;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace ClaudeManage.ServiceDefaults.Edge;

/// <summary>The one place where an exception becomes an answer: RFC 9457, with a code, and never with inner details.</summary>
sealed partial class ProblemHandling(IProblemDetailsService problems, ILogger<ProblemHandling> log) : IExceptionHandler
{
    const string Unexpected = "internal";

    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken ct)
    {
        if (exception is OperationCanceledException && http.RequestAborted.IsCancellationRequested) return true;
        var refusal = ToRefusal(exception);
        // What is known to happen is told in a line: while a database is away every request meets it, and a stack each time buries all else.
        if (refusal.Code == Unexpected) log.LogError(exception, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
        else if (refusal.Status >= 500) log.LogWarning("{Method} {Path}: {Code} ({Why})", http.Request.Method, http.Request.Path, refusal.Code, exception.GetBaseException().Message);
        http.Response.StatusCode = refusal.Status;
        if (refusal.RetryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, Exception = exception, ProblemDetails = ToProblem(refusal) });
    }

    /// <summary>The refusal as a problem document.</summary>
    internal static ProblemDetails ToProblem(Refusal refusal)
    {
        var problem = new ProblemDetails { Status = refusal.Status, Detail = refusal.Detail, Title = Title(refusal.Status) };
        problem.Extensions["code"] = refusal.Code;
        if (refusal.Pointer is not null) problem.Extensions["pointer"] = refusal.Pointer;
        foreach (var (key, value) in refusal.Extensions ?? new Dictionary<string, object?>()) problem.Extensions[key] = value;
        if (Activity.Current?.TraceId.ToString() is { } trace) problem.Extensions["traceId"] = trace;
        return problem;
    }

    internal static Refusal ToRefusal(Exception exception) => exception switch
    {
        RefusalException refused => refused.Refusal,
        BadHttpRequestException { StatusCode: 413 } => new Refusal(413, "too-large", "The body is larger than this town takes at once. Send less, or send it in parts."),
        BadHttpRequestException { StatusCode: 415 } => new Refusal(415, "not-json", "Send JSON with Content-Type: application/json."),
        BadHttpRequestException { InnerException: JsonException json } => Malformed(json),
        BadHttpRequestException bad => Unbound(bad),
        JsonException json => Malformed(json),
        DbUpdateConcurrencyException => Refusal.Conflict("changed-meanwhile", "Somebody else changed it at the same moment. Read it again and repeat."),
        _ when HoldsNul(exception) => Refusal.Invalid("", "A text holds a NUL character, which is never stored. Leave it out."),
        _ when IsStorageFull(exception) => Refusal.Unavailable("storage-full",
            "The data directory cannot be written: the disk is full or read-only. Nothing was changed. Free space there, then repeat."),
        _ when Transactions.IsUnreachable(exception) => Refusal.Unavailable("database-unavailable",
            "The database does not answer, or broke off in the middle: the request may or may not have been done. Repeat it as it was, with the same Idempotency-Key or lease token; it is done once."),
        _ => new Refusal(500, Unexpected, "Something went wrong here, and nothing was changed. The town's log has it under this traceId."),
    };

    static Refusal Malformed(JsonException json) => new(400, "malformed",
        "The body is not the JSON expected here" + (json.Path is { Length: > 1 } path ? $", at {path}" : "") + ". Check the field's type and the document's end.",
        Pointer: json.Path is { } p ? "/" + p.TrimStart('$', '.').Replace('.', '/').Replace('[', '/').Replace("]", "") : null);

    // The framework says it in C#: "Failed to bind parameter "Nullable<int> limit" from "x".", "Required parameter "Guid id" was not provided from query string."
    static Refusal Unbound(BadHttpRequestException bad) =>
        Wrong().Match(bad.Message) is { Success: true } wrong ? NotTaken(Name(wrong), wrong.Groups["value"].Value)
        : Missing().Match(bad.Message) is { Success: true } missing ? missing.Groups["where"].Value.Contains("body", StringComparison.Ordinal)
            ? new Refusal(400, "malformed", "This needs a body: a JSON document with Content-Type: application/json. /openapi.json says which fields it has.")
            : Refusal.Invalid($"/{Name(missing)}", $"{Name(missing)} is missing in the {missing.Groups["where"].Value}. /openapi.json says what it is.")
        : new Refusal(bad.StatusCode, "malformed", $"The request cannot be read: {bad.Message.TrimEnd('.')}. /openapi.json says what is expected.");

    internal static Refusal NotTaken(string name, string value) => Refusal.Invalid($"/{name}", $"'{value}' is not what {name} takes. /openapi.json says what it is.");

    static string Name(Match match) => JsonNamingPolicy.CamelCase.ConvertName(match.Groups["name"].Value);

    [GeneratedRegex("^Failed to bind parameter \"(?:.* )?(?<name>[^ \"]+)\" from \"(?<value>.*)\"\\.$", RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex Wrong();

    [GeneratedRegex("^(?:Required parameter|Implicit body inferred for parameter) \"(?:.* )?(?<name>[^ \"]+)\" (?:was not provided from|but no) (?<where>[a-z ]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Missing();

    // PostgreSQL's invalid_byte_sequence and untranslatable_character: most fields are looked at before, this is for all others.
    static bool HoldsNul(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
            if (e is System.Data.Common.DbException { SqlState: "22021" or "22P05" }) return true;
        return false;
    }

    static bool IsStorageFull(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            // 13 = SQLITE_FULL, 10 = SQLITE_IOERR, 8 = SQLITE_READONLY, 14 = SQLITE_CANTOPEN
            if (e is SqliteException { SqliteErrorCode: 13 or 10 or 8 or 14 }) return true;
            if (e is IOException io && (io.HResult & 0xFFFF) is 28 or 30) return true;     // ENOSPC, EROFS
        }
        return false;
    }

    static string Title(int status) => status switch
    {
        400 => "Malformed request",
        401 => "Not signed in",
        403 => "Not allowed",
        404 => "Not found",
        409 => "Conflict",
        412 => "Changed meanwhile",
        413 => "Too large",
        415 => "Not JSON",
        422 => "Not acceptable as it stands",
        429 => "Too many requests",
        503 => "Not available",
        _ => "Failed",
    };
}
