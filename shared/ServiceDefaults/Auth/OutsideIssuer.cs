using System.Security.Claims;
using ClaudeManage.Contracts.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;

namespace ClaudeManage.ServiceDefaults.Auth;

/// <summary>
/// A second accepted issuer: an OpenID Connect authority. Its tokens name an actor, a role and rigs; everything else they say is dropped,
/// so that nobody outside can speak for an assignment or for the suite itself.
/// </summary>
static class OutsideIssuer
{
    const string Scheme = "outside";
    static readonly JsonWebTokenHandler Reader = new();

    public static void AddOutsideIssuer(this AuthenticationBuilder authentication)
    {
        authentication.AddJwtBearer(Scheme, _ => { });
        authentication.Services.AddOptions<JwtBearerOptions>(Scheme).Configure<IOptions<AuthOptions>>((options, auth) =>
        {
            options.MapInboundClaims = false;
            options.Authority = auth.Value.Authority;
            options.Audience = auth.Value.Audience;
            options.RequireHttpsMetadata = !new Uri(auth.Value.Authority!).IsLoopback;
            options.Events = new JwtBearerEvents
            {
                OnChallenge = AuthRegistration.Challenge,
                OnForbidden = AuthRegistration.Forbid,
                OnTokenValidated = context =>
                {
                    if (Accept(context.Principal!, auth.Value.ActorClaim) is { } caller) context.Principal = caller;
                    else context.Fail($"the authority's token names no actor address in '{auth.Value.ActorClaim}', or a role that does not exist");
                    return Task.CompletedTask;
                },
            };
        });
        authentication.Services.Configure<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme,
            options => options.ForwardDefaultSelector = http => IsFromOutside(http.Request) ? Scheme : null);
    }

    /// <summary>Who the token stands for; null when it is nobody this town knows.</summary>
    static ClaimsPrincipal? Accept(ClaimsPrincipal token, string actorClaim)
    {
        var actor = token.FindFirstValue(actorClaim);
        var role = token.FindFirstValue("role") ?? Roles.Viewer;
        if (!ActorAddress.IsValid(actor) || ActorAddress.RoleOf(actor!) is "system" || !Roles.All.Contains(role)) return null;
        return new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim("sub", actor!), new Claim("role", role), .. token.FindAll("rig").Select(c => new Claim("rig", c.Value))], Scheme, "sub", "role"));
    }

    // What it says about its issuer only chooses who checks it.
    static bool IsFromOutside(HttpRequest request)
    {
        var text = request.Headers.Authorization.ToString();
        return text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && text[7..].Trim() is var token
            && Reader.CanReadToken(token) && Issuer(token) is not (null or TokenIssuer.Issuer);
    }

    static string? Issuer(string token)
    {
        try { return Reader.ReadJsonWebToken(token).Issuer; }
        catch (ArgumentException) { return null; }
    }
}
