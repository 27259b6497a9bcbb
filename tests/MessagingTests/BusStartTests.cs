using ClaudeManage.Messaging;
using Microsoft.Extensions.Time.Testing;

namespace ClaudeManage.MessagingTests;

public class BusStartTests
{
    readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_bus_that_does_not_come_up_beside_a_broker_is_given_up_after_two_minutes()
    {
        var patience = new BusStartPatience(_clock);

        Assert.False(patience.IsOver(brokerIsThere: true));
        _clock.Advance(TimeSpan.FromSeconds(119));
        Assert.False(patience.IsOver(brokerIsThere: true));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(patience.IsOver(brokerIsThere: true));
    }

    [Fact]
    public void A_broker_that_is_away_costs_no_patience_and_begins_it_anew()
    {
        var patience = new BusStartPatience(_clock);

        Assert.False(patience.IsOver(brokerIsThere: true));
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.False(patience.IsOver(brokerIsThere: false));
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.False(patience.IsOver(brokerIsThere: true));
    }
}
