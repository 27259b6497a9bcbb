using ClaudeManage.Town;
using Microsoft.AspNetCore.Builder;

[assembly: AssemblyFixture(typeof(ClaudeManage.Unit.Surface.TownFixture))]

namespace ClaudeManage.Unit.Surface;

/// <summary>A whole town, mapped and listening, for tests that only look at its surface.</summary>
public sealed class TownFixture : IAsyncLifetime
{
    readonly string _directory = Directory.CreateTempSubdirectory("cm-unit-").FullName;

    /// <summary>The host.</summary>
    public WebApplication App { get; private set; } = null!;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        App = TownHost.Build(new TownHostOptions(_directory, 0, new Dictionary<string, string?> { ["Supervisor:Enabled"] = "false", ["Pulse:Seconds"] = "2" }));
        await Persistence.PersistenceRegistration.MigrateModulesAsync(App.Services, CancellationToken.None);
        TownHost.Map(App);
        await App.StartAsync();
        Address = new Uri(App.Urls.First());
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
