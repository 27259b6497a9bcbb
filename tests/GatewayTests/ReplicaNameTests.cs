using System.Net;
using System.Net.Sockets;
using ClaudeManage.Gateway;
using ClaudeManage.Gateway.Proxying;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Yarp.ReverseProxy.Configuration;

namespace ClaudeManage.GatewayTests;

/// <summary>A name stands for all addresses it has, whenever it has them.</summary>
public sealed class ReplicaNameTests
{
    readonly FakeTimeProvider _clock = new();
    readonly Replicas _replicas;
    Func<IPAddress[]> _addresses = () => throw new SocketException((int)SocketError.HostNotFound);

    public ReplicaNameTests() => _replicas = new Replicas(Options.Create(new GatewayOptions()), _clock, NullLogger<Replicas>.Instance)
    {
        Lookup = (host, _) => host == "work" ? Task.FromResult(_addresses()) : throw new ArgumentException(host),
    };

    async Task<(string[] Addresses, Microsoft.Extensions.Primitives.IChangeToken? Again)> ResolveAsync(string address)
    {
        var resolved = await _replicas.ResolveDestinationsAsync(new Dictionary<string, DestinationConfig> { ["work-0"] = new() { Address = address } }, TestContext.Current.CancellationToken);
        return ([.. resolved.Destinations.Values.Select(d => d.Address).Order()], resolved.ChangeToken);
    }

    [Fact]
    public async Task Each_address_of_a_name_is_a_replica_and_the_name_is_looked_up_again()
    {
        Assert.Equal(["http://work:8080"], (await ResolveAsync("http://work:8080")).Addresses);
        _addresses = () => [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.1"), IPAddress.Parse("fd00::1")];
        var (addresses, again) = await ResolveAsync("http://work:8080");
        Assert.Equal(["http://10.0.0.1:8080/", "http://10.0.0.2:8080/", "http://[fd00::1]:8080/"], addresses);
        Assert.False(again!.HasChanged);
        _clock.Advance(TimeSpan.FromSeconds(11));
        Assert.True(again.HasChanged);
        // The addresses it had hold while the name has none.
        _addresses = () => throw new SocketException((int)SocketError.TryAgain);
        Assert.Equal(3, (await ResolveAsync("http://work:8080")).Addresses.Length);
    }

    [Theory]
    [InlineData("http://10.0.0.1:8080")]
    [InlineData("http://localhost:8080")]
    [InlineData("https://work:8443")]
    public async Task What_is_an_address_or_needs_its_name_stays_as_it_is(string address)
    {
        var (addresses, again) = await ResolveAsync(address);
        Assert.Equal([address], addresses);
        Assert.Null(again);
    }
}
