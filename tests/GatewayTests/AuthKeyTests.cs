using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using ClaudeManage.Contracts.Http;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.Tests.Hosting;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Work;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ClaudeManage.GatewayTests;

/// <summary>Who signs tokens, and who only checks them.</summary>
public sealed class AuthKeyTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<ModuleTestHost> WorkAsync(params (string Key, string? Value)[] settings) =>
        ModuleTestHost.StartAsync([new WorkModule()], settings: settings.ToDictionary(s => s.Key, s => s.Value));

    [Fact]
    public async Task The_gateway_signs_and_a_service_with_the_public_half_checks()
    {
        using var keys = new Keys();
        await using var work = await WorkAsync(("Auth:PublicKeyFile", keys.Public));
        await using var front = await Front.StartAsync(new Dictionary<string, string[]> { ["work"] = [work.Address.ToString()] }, keys.Whole);
        var made = await (await front.Client().PostAsJsonAsync("/tokens", new CreateToken("shop/crew/ada", Roles.Agent), JsonSettings.Web, Ct)).Content.ReadFromJsonAsync<TokenResult>(JsonSettings.Web, Ct);
        using var ada = front.Nobody();
        ada.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made!.Token);
        Assert.Equal("shop/crew/ada", (await ada.GetFromJsonAsync<WhoAmI>("/whoami", JsonSettings.Web, Ct))!.Actor);
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync("/work-items", Ct)).StatusCode);

        // Past the gateway the service asks for the same.
        using var direct = new HttpClient { BaseAddress = work.Address };
        await (await direct.GetAsync("/work-items", Ct)).ProblemAsync(401, "unauthorized");
        direct.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made.Token[..^4] + "AAAA");
        await (await direct.GetAsync("/work-items", Ct)).ProblemAsync(401, "unauthorized");
        direct.DefaultRequestHeaders.Authorization = ada.DefaultRequestHeaders.Authorization;
        Assert.Equal(HttpStatusCode.OK, (await direct.GetAsync("/work-items", Ct)).StatusCode);

        var refusal = Assert.Throws<RefusalException>(() => work.Services.GetRequiredService<TokenIssuer>().Issue("overseer", Roles.Overseer, TimeSpan.FromHours(1)));
        Assert.Equal("no-signing-key", refusal.Refusal.Code);
        Assert.Contains("Auth:KeyFile", refusal.Message);
    }

    [Fact]
    public async Task A_gateway_without_key_settings_makes_its_own_and_the_directory_for_it()
    {
        using var scratch = new ScratchDirectory("cm-own-key");
        await using var front = await Front.StartAsync(new Dictionary<string, string[]>(), null, ("DataDirectory", scratch["new", "data"]));
        Assert.Equal(HttpStatusCode.OK, (await front.Client().GetAsync("/whoami", Ct)).StatusCode);
        Assert.True(File.Exists(scratch["new", "data", "town.key"]));
    }

    [Fact]
    public async Task Settings_that_cannot_work_stop_the_host_with_the_reason()
    {
        using var keys = new Keys();
        var damaged = keys.Whole + ".damaged";
        await File.WriteAllTextAsync(damaged, "no key at all", Ct);
        foreach (var (settings, says) in new ((string, string?)[], string)[]
        {
            ([("Auth:KeyFile", keys.Whole), ("Auth:PublicKeyFile", keys.Public)], "not both"),
            ([("Auth:KeyFile", keys.Public)], "private"),
            ([("Auth:KeyFile", keys.Whole + ".none")], ".none"),
            ([("Auth:PublicKeyFile", damaged)], "public"),
            ([("Auth:Authority", "http://login.example.com"), ("Auth:Audience", "town")], "https"),
            ([("Auth:Authority", "https://login.example.com")], "Auth:Audience"),
            ([("Auth:Unknown", "x")], "Unknown"),
        })
        {
            var trouble = await Assert.ThrowsAnyAsync<Exception>(async () => await (await WorkAsync(settings)).DisposeAsync());
            Assert.True(trouble is OptionsValidationException or InvalidOperationException && trouble.Message.Contains(says, StringComparison.Ordinal), $"{says}: {trouble.Message}");
        }
    }

    [Fact]
    public async Task The_public_setting_takes_no_more_than_the_public_half()
    {
        using var keys = new Keys();
        await using var work = await WorkAsync(("Auth:PublicKeyFile", keys.Whole));
        Assert.False(work.Services.GetRequiredService<TownKey>().CanSign);
        Assert.Equal((await File.ReadAllTextAsync(keys.Public, Ct)).Trim(), work.Services.GetRequiredService<TownKey>().PublicPem.Trim());
    }

    [Fact]
    public async Task An_outside_authority_is_a_second_accepted_issuer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var security = new ECDsaSecurityKey(key) { KeyId = "k1" };
        FakeService authority = null!;
        await using var _ = authority = await FakeService.StartAsync(http => http.Request.Path == "/.well-known/openid-configuration"
            ? http.Response.WriteAsJsonAsync(new { issuer = authority.Address, jwks_uri = $"{authority.Address}/keys" })
            : http.Response.WriteAsJsonAsync(new { keys = new[] { Public(security) } }));
        await using var front = await Front.StartAsync(new Dictionary<string, string[]>(), null,
            ("Auth:Authority", authority.Address), ("Auth:Audience", "town"), ("Auth:ActorClaim", "actor"));

        async Task<HttpResponseMessage> As(string audience, params (string Type, string Value)[] claims)
        {
            var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = authority.Address,
                Audience = audience,
                Subject = new ClaimsIdentity(claims.Select(c => new Claim(c.Type, c.Value))),
                Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
                SigningCredentials = new SigningCredentials(security, SecurityAlgorithms.EcdsaSha256),
            });
            using var client = front.Nobody();
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return await client.GetAsync("/whoami", Ct);
        }

        using var eve = await As("town", ("sub", "0815"), ("actor", "overseer/eve"), ("role", Roles.Operator), ("rig", "shop"), ("assignment", Guid.NewGuid().ToString()));
        var who = (await eve.Content.ReadFromJsonAsync<WhoAmI>(JsonSettings.Web, Ct))!;
        Assert.Equal(("overseer/eve", Roles.Operator, "shop"), (who.Actor, who.Role, Assert.Single(who.Rigs)));
        Assert.Equal(Roles.Viewer, (await (await As("town", ("actor", "overseer/eve"))).Content.ReadFromJsonAsync<WhoAmI>(JsonSettings.Web, Ct))!.Role);
        await (await As("elsewhere", ("actor", "overseer/eve"))).ProblemAsync(401, "unauthorized");
        await (await As("town", ("sub", "overseer/eve"))).ProblemAsync(401, "unauthorized");
        await (await As("town", ("actor", "system/hook"), ("role", Roles.Operator))).ProblemAsync(401, "unauthorized");
        await (await As("town", ("actor", "overseer/eve"), ("role", "emperor"))).ProblemAsync(401, "unauthorized");
        // The town's own are taken as before.
        Assert.Equal(HttpStatusCode.OK, (await front.Client().GetAsync("/whoami", Ct)).StatusCode);
    }

    static object Public(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(false).Q;
        return new { kty = "EC", crv = "P-256", use = "sig", kid = key.KeyId, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) };
    }
}
