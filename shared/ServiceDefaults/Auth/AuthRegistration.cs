using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.ServiceDefaults.Auth;

static class AuthRegistration
{
    /// <summary>Bearer tokens on every endpoint that does not say otherwise; 401 and 429 as problems like all others.</summary>
    public static void AddTownAuth(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<AuthOptions>("Auth");
        builder.Services.AddSingleton(s => s.GetRequiredService<IOptions<AuthOptions>>().Value.LoadKey(Path.Combine(s.GetRequiredService<DataDirectory>().Root, "town.key")));
        builder.Services.AddSingleton<TokenIssuer>();
        var authentication = builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        if (builder.Configuration["Auth:Authority"] is { Length: > 0 }) authentication.AddOutsideIssuer();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<TownKey, TimeProvider>((options, key, clock) =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = TokenIssuer.Validation(key, clock);
            options.Events = new JwtBearerEvents { OnChallenge = Challenge, OnForbidden = Forbid };
        });
        builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(
            new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(PublisherEndpoints.Permit).Build());
        builder.Services.AddSingleton<RequestLimit>();
    }

    internal static Task Challenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        context.Response.Headers.WWWAuthenticate = "Bearer";
        var detail = context.AuthenticateFailure is null
            ? "This needs a bearer token. `cm token` prints one; send it as `Authorization: Bearer …`."
            : "The bearer token is not valid here: expired, of another town, or damaged. `cm token` prints a new one.";
        return context.HttpContext.WriteRefusalAsync(new Refusal(401, "unauthorized", detail));
    }

    // The only policy a signed-in caller can fail here; all others are refused by the handlers, with their reasons.
    internal static Task Forbid(ForbiddenContext context) => context.HttpContext.WriteRefusalAsync(
        Refusal.Forbidden("A token with the role publisher only hands in work from outside. For anything else ask for one with the role viewer, agent or operator."));
}
