using System.Security.Claims;
using ClaudeManage.ServiceDefaults.Edge;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>Signs bearer tokens (JWT, ES256) with the town's key.</summary>
public sealed class TokenIssuer(TownKey key, TimeProvider clock)
{
    /// <summary>The issuer and audience of every token of a town.</summary>
    public const string Issuer = "claudemanage";

    static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    readonly SigningCredentials? _credentials = key.CanSign ? new(key.Security, SecurityAlgorithms.EcdsaSha256) : null;

    /// <summary>A token for an actor.</summary>
    /// <param name="rigs">Rigs it is limited to; empty means all.</param>
    /// <param name="assignmentId">Set for a session: the token is refused once this assignment is over.</param>
    /// <exception cref="RefusalException">This process knows only the public half of the key.</exception>
    public string Issue(string subject, string role, TimeSpan lifetime, IEnumerable<string>? rigs = null, Guid? assignmentId = null, long? fence = null)
    {
        if (_credentials is null)
            throw Refusal.Unavailable("no-signing-key", "This process knows only the public half of the town's key (Auth:PublicKeyFile), so it checks tokens and signs none. "
                + "Ask the gateway for one (POST /tokens), or give the process the whole key with Auth:KeyFile.").AsException();
        var now = clock.GetUtcNow().UtcDateTime;
        List<Claim> claims = [new("sub", subject), new("role", role)];
        claims.AddRange((rigs ?? []).Select(r => new Claim("rig", r)));
        if (assignmentId is { } a) claims.Add(new Claim("assignment", a.ToString()));
        if (fence is { } f) claims.Add(new Claim("fence", f.ToString(), ClaimValueTypes.Integer64));
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Issuer,
            Subject = new ClaimsIdentity(claims),
            IssuedAt = now,
            NotBefore = now,
            Expires = now + lifetime,
            SigningCredentials = _credentials,
        });
    }

    /// <summary>What a valid token of this town must look like.</summary>
    public static TokenValidationParameters Validation(TownKey key, TimeProvider clock) => new()
    {
        ValidIssuer = Issuer,
        ValidAudience = Issuer,
        IssuerSigningKey = key.Security,
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        NameClaimType = "sub",
        RoleClaimType = "role",
        LifetimeValidator = (notBefore, expires, _, _) =>
        {
            var now = clock.GetUtcNow().UtcDateTime;
            return expires is { } end && now < end && (notBefore is not { } begin || now >= begin - TimeSpan.FromMinutes(1));
        },
    };
}
