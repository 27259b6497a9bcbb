using System.Collections.Concurrent;
using ClaudeManage.Persistence;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ClaudeManage.Messaging;

/// <summary>
/// Every endpoint's receive pipeline, built by MassTransit, behind a lane. In process relays hand rows over; on RabbitMQ the deliveries of the
/// endpoints that handle one message at a time come in, and are acknowledged when their lane has finished them. Nothing here is the
/// only copy of a message.
/// </summary>
sealed class Lanes(BusPlan plan, IServiceProvider services, TimeProvider clock, IOptions<BusOptions> options) : IHostedService
{
    readonly CancellationTokenSource _stopping = new();
    readonly Dictionary<string, Lane> _byName = [];
    readonly Dictionary<string, List<Lane>> _byUrn = [];
    readonly ConcurrentDictionary<string, List<Lane>> _byTypes = new();

    /// <summary>Endpoint by name.</summary>
    public Lane this[string endpoint] => _byName[endpoint];

    /// <summary>The lanes a row goes to: the one it is addressed to, or all that subscribe one of its types; null when it is addressed to one that is not here.</summary>
    public IReadOnlyCollection<Lane>? Of(OutboxRow row)
    {
        if (row.Destination.StartsWith(OutboxRows.QueuePrefix, StringComparison.Ordinal))
            return _byName.TryGetValue(row.Destination[OutboxRows.QueuePrefix.Length..], out var lane) ? [lane] : null;
        if (_byTypes.TryGetValue(row.MessageTypes, out var known)) return known;
        return _byTypes[row.MessageTypes] = row.MessageTypes.Split(';').SelectMany(urn => _byUrn.GetValueOrDefault(urn) ?? []).Distinct().ToList();
    }

    /// <summary>Messages before an endpoint; none while it has not begun.</summary>
    public int WaitingAt(string endpoint) => _byName.TryGetValue(endpoint, out var lane) ? lane.Waiting : 0;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var factory = new ReceiveEndpointDispatcherFactory(services.GetRequiredService<IBusRegistrationContext>(), services.GetRequiredService<IBusInstance>());
        plan.BuildsLanes = true;
        foreach (var endpoint in plan.Endpoints.Values.Where(x => x.IsLaned))
        {
            var dispatcher = endpoint.CreateDispatcher(factory);
            var batch = new LaneBatch(endpoint, dispatcher, services, clock);
            // Several workers would only wait for each other's transactions.
            var batchSize = endpoint.Concurrency == 1 ? options.Value.LaneBatch : 1;
            var lane = new Lane(endpoint.Name, endpoint.Concurrency, dispatcher, batch, batchSize, endpoint.Failed(services));
            _byName.Add(endpoint.Name, lane);
            foreach (var urn in endpoint.MessageUrns)
            {
                if (!_byUrn.TryGetValue(urn, out var subscribers)) _byUrn.Add(urn, subscribers = []);
                subscribers.Add(lane);
            }
            lane.Start(_stopping.Token);
        }
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_byName.Values.Select(lane => lane.DrainAsync(cancellationToken)));
    }
}
