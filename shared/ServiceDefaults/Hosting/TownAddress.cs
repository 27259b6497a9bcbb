using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace ClaudeManage.ServiceDefaults.Hosting;

/// <summary>Where the town's HTTP surface is reached: the key <c>Town:Url</c>, else this process's own address once it listens.</summary>
public sealed class TownAddress
{
    readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads the key, or waits for the host to start.</summary>
    public TownAddress(IConfiguration configuration, IServer server, IHostApplicationLifetime lifetime)
    {
        if (configuration["Town:Url"] is { Length: > 0 } url) _address.TrySetResult(new Uri(url));
        else
        {
            lifetime.ApplicationStarted.Register(() =>
            {
                var first = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
                if (first is not null) _address.TrySetResult(new Uri(first));
                else _address.TrySetException(new InvalidOperationException("The host listens on no address and Town:Url is not set."));
            });
        }
    }

    /// <summary>The base address; completes when the host listens.</summary>
    public Task<Uri> GetAsync(CancellationToken ct) => _address.Task.WaitAsync(ct);
}
