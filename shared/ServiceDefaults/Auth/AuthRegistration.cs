using System.Threading.RateLimiting;
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
        var (whole, half) = (builder.Configuration["Auth:KeyFile"], builder.Configuration["Auth:PublicKeyFile"]);
        builder.Services.AddSingleton(s => whole is { Length: > 0 } ? TownKey.Load(whole) : half is { Length: > 0 } ? TownKey.Load(half)
            : TownKey.LoadOrCreate(Path.Combine(s.GetRequiredService<DataDirectory>().Root, "town.key")));
        builder.Services.AddSingleton<TokenIssuer>();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<TownKey, TimeProvider>((options, key, clock) =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = TokenIssuer.Validation(key, clock);
            options.Events = new JwtBearerEvents { OnChallenge = Challenge };
        });
        builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>().Configure<IOptions<EdgeOptions>>((limiter, edge) =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => RateLimitPartition.GetTokenBucketLimiter(
                http.User.FindFirst("sub")?.Value ?? http.Connection.RemoteIpAddress?.ToString() ?? "unknown",
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = edge.Value.RequestBurst,
                    TokensPerPeriod = edge.Value.RequestsPerSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                }));
            limiter.OnRejected = async (context, _) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = "1";
                await WriteAsync(context.HttpContext, new Refusal(429, "too-many-requests", "More requests than this token may make. Wait a second and repeat."));
            };
        });
    }

    static Task Challenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        context.Response.Headers.WWWAuthenticate = "Bearer";
        var detail = context.AuthenticateFailure is null
            ? "This needs a bearer token. `cm token` prints one; send it as `Authorization: Bearer …`."
            : "The bearer token is not valid here: expired, of another town, or damaged. `cm token` prints a new one.";
        return WriteAsync(context.HttpContext, new Refusal(401, "unauthorized", detail));
    }

    static async Task WriteAsync(HttpContext http, Refusal refusal)
    {
        http.Response.StatusCode = refusal.Status;
        await http.RequestServices.GetRequiredService<IProblemDetailsService>()
            .TryWriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = ProblemHandling.ToProblem(refusal) });
    }
}
