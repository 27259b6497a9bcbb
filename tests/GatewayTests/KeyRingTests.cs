using ClaudeManage.Gateway;
using ClaudeManage.Tests.Servers;
using ClaudeManage.Town;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.GatewayTests;

/// <summary>What starts makes no keys that nobody uses, in nobody's home.</summary>
public sealed class KeyRingTests
{
    [Fact]
    public async Task The_gateway_looks_for_no_keys() =>
        await StartsNoKeyRingAsync(GatewayHost.Build([], GatewayOptions.Names.ToDictionary(n => $"Gateway:Services:{n}:0", n => (string?)$"http://{n}:8080")));

    [Fact]
    public async Task The_town_looks_for_no_keys()
    {
        using var scratch = new ScratchDirectory("cm-keys");
        await StartsNoKeyRingAsync(TownHost.Build(new TownHostOptions(scratch.Path, 0)));
    }

    static async Task StartsNoKeyRingAsync(WebApplication app)
    {
        await using var _ = app;
        Assert.DoesNotContain(app.Services.GetServices<IHostedService>(), s => s.GetType().Assembly == typeof(IDataProtectionProvider).Assembly || s.GetType().Assembly == typeof(EphemeralDataProtectionProvider).Assembly);
        Assert.IsType<EphemeralDataProtectionProvider>(app.Services.GetRequiredService<IDataProtectionProvider>());
    }
}
