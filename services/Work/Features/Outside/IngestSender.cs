using ClaudeManage.Contracts.Identity;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Work.Features.Outside;

/// <summary>Who sent a <c>POST /ingest</c>.</summary>
/// <param name="Signed">By a signature over the body alone: then a body counts once, whatever stands beside it.</param>
sealed record IngestSender(string Actor, IReadOnlyList<string> Rigs, IReadOnlyList<RepositoryRig> Repositories, bool Signed);

/// <summary>Recognises the sender by signature, or by a publisher's or operator's token.</summary>
sealed class IngestSenders(IOptions<WorkOptions> options)
{
    const string GitHub = "github";

    /// <summary>The sender; refuses (401, 403) everybody else. A signature that is there must be right, whatever the token.</summary>
    public IngestSender Of(HttpContext http, ReadOnlyMemory<byte> body)
    {
        var headers = http.Request.Headers;
        var isGitHub = headers.ContainsKey("X-GitHub-Event");
        var signature = headers[isGitHub ? "X-Hub-Signature-256" : BodySignature.Header].ToString();
        if (signature.Length > 0) return OfSignature(Named(http) ?? (isGitHub ? GitHub : ""), signature, body);
        if (http.User.Identity?.IsAuthenticated is not true)
            throw new Refusal(401, "unauthorized", "Sign the body (X-ClaudeManage-Signature: sha256=<HMAC-SHA256 in hex>, with ?source=<name>), or send a publisher's bearer token.").AsException();
        var caller = Caller.From(http.User);
        if (caller.Role != Roles.Publisher && !caller.IsOperator)
            throw Refusal.Forbidden($"Handing in work from outside needs a publisher's token; yours is for {caller.Actor} with the role {caller.Role}.").AsException();
        return new IngestSender(caller.Actor, caller.Rigs, [], Signed: false);
    }

    IngestSender OfSignature(string name, string signature, ReadOnlyMemory<byte> body)
    {
        // An unknown name is computed like a known one, so that names cannot be guessed by time.
        var known = options.Value.Ingest.Sources.GetValueOrDefault(name);
        var equal = BodySignature.Matches(signature, known?.Secret ?? "nobody's secret", body.Span);
        if (!equal || known is null)
            throw new Refusal(401, "bad-signature", "The signature is not the one of this source over this body. Sign the body's bytes as they are sent, with the secret of Work:Ingest:Sources.").AsException();
        return new IngestSender($"external/{name}", known.Rigs, known.Repositories, Signed: true);
    }

    static string? Named(HttpContext http) =>
        http.Request.Query["source"].ToString() is { Length: > 0 } query ? query
        : http.Request.Headers["X-ClaudeManage-Source"].ToString() is { Length: > 0 } header ? header : null;
}
