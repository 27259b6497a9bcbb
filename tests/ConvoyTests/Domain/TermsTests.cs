using ClaudeManage.Contracts.Http;
using ClaudeManage.Convoy.Domain;

namespace ClaudeManage.ConvoyTests.Domain;

/// <summary>Deadline and budget: what is said when, and when it is looked at again.</summary>
public sealed class TermsTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);

    static ConvoyEstimate Takes(double minutes) => new(0, minutes * 60, minutes * 120, 3);

    [Theory]
    [InlineData(60, 20, false, "None", 40)]       // the last moment from which it can be done
    [InlineData(60, 60, false, "Late", 60)]       // it is the last moment
    [InlineData(60, 61, false, "Late", 60)]
    [InlineData(60, 61, true, "None", 60)]        // said already
    [InlineData(60, null, false, "None", 60)]     // nothing to tell it from
    [InlineData(0, 5, true, "Overdue", null)]
    [InlineData(-5, null, false, "Overdue", null)]
    public void A_deadline_is_looked_at_when_it_begins_to_matter(int deadline, int? takes, bool told, string news, int? again)
    {
        var verdict = Deadlines.Judge(Now, Now.AddMinutes(deadline), takes is { } t ? Takes(t) : null, told);
        Assert.Equal((news, again is { } minutes ? Now.AddMinutes(minutes) : null), (verdict.News.ToString(), verdict.Again));
    }

    [Fact]
    public void What_runs_is_expected_to_take_what_was_left_of_those_that_took_longer()
    {
        var history = new History(new Dictionary<string, IReadOnlyList<double>> { ["shop"] = [60, 120, 600] });
        Assert.Equal([120, 60, 500, 450], [history.Left("shop", 0.5, 0), history.Left("shop", 0.5, 60), history.Left("shop", 0.5, 100) + 480, history.Left("shop", 0.5, 900)]);
    }
}
