using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using ClaudeManage.Gateway;
using ClaudeManage.ServiceDefaults.Auth;
using ClaudeManage.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeManage.GatewayTests;

/// <summary>A gateway on a free port, in front of whatever the test has; services it names no address for are down.</summary>
sealed class Front : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ScratchDirectory _scratch;

    Front(WebApplication app, ScratchDirectory scratch) => (_app, _scratch) = (app, scratch);

    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    public static async Task<Front> StartAsync(IReadOnlyDictionary<string, string[]> services, string? keyFile = null, params (string Key, string? Value)[] settings)
    {
        var scratch = new ScratchDirectory("cm-gateway");
        var all = new Dictionary<string, string?>
        {
            ["DataDirectory"] = scratch.Path,
            ["Auth:KeyFile"] = keyFile,
            ["urls"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Error",
            // Probes come when a test asks for them; an accidental one would hide what requests found out.
            ["Gateway:ProbeSeconds"] = "3600",
        };
        foreach (var name in GatewayOptions.Names)
        {
            var addresses = services.GetValueOrDefault(name) is { Length: > 0 } given ? given : [$"http://127.0.0.1:{FreePort.Next()}"];
            for (var n = 0; n < addresses.Length; n++) all[$"Gateway:Services:{name}:{n}"] = addresses[n];
        }
        foreach (var (key, value) in settings) all[key] = value;
        var app = GatewayHost.Build([], all);
        GatewayHost.Map(app);
        await app.StartAsync();
        return new Front(app, scratch);
    }

    /// <summary>A gateway before replicas of Work alone.</summary>
    public static Task<Front> OfWorkAsync(IEnumerable<string> replicas, params (string Key, string? Value)[] settings) =>
        StartAsync(new Dictionary<string, string[]> { ["work"] = [.. replicas] }, null, settings);

    /// <summary>A client with a token; the overseer's unless said otherwise.</summary>
    public HttpClient Client(string actor = "overseer", string role = Roles.Overseer)
    {
        var http = Nobody();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Services.GetRequiredService<TokenIssuer>().Issue(actor, role, TimeSpan.FromHours(1)));
        return http;
    }

    /// <summary>A client without a token.</summary>
    public HttpClient Nobody() => new() { BaseAddress = Address };

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
        _scratch.Dispose();
    }
}

/// <summary>A town's key pair in two files.</summary>
sealed class Keys : IDisposable
{
    readonly ScratchDirectory _scratch = new("cm-keys");

    public Keys()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Whole, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Public, key.ExportSubjectPublicKeyInfoPem());
    }

    public string Whole => _scratch["key.pem"];

    public string Public => _scratch["public.pem"];

    public void Dispose() => _scratch.Dispose();
}

static class Answers
{
    /// <summary>The problem document of a refusal with this status.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem;
    }
}
