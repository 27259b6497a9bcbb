using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.BadDays;

/// <summary>One town for the tests of a class, with one rig without repository.</summary>
public sealed class RunningTown : IAsyncLifetime
{
    readonly ScratchDirectory _scratch = new("town");

    public TownProcess Town { get; private set; } = null!;

    public TownClient Overseer { get; private set; } = null!;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        Town = await TownProcess.StartAsync(_scratch["town"], CancellationToken.None);
        Overseer = await Town.OverseerAsync(CancellationToken.None);
        await Overseer.CreateRig(new CreateRig("shop", "sh")).SendAsync(CancellationToken.None);
    }

    /// <summary>A client for somebody.</summary>
    public async Task<TownClient> AsAsync(string subject, string role, CancellationToken ct) =>
        await Town.ClientAsync((await Overseer.CreateToken(new CreateToken(subject, role)).SendAsync(ct)).Token, ct);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Town.DisposeAsync();
        _scratch.Dispose();
    }
}
