using ClaudeManage.Contracts.Hook;
using ClaudeManage.Hook.Domain;

namespace ClaudeManage.HookTests.Domain;

/// <summary>Every state × cause, against a square that is written down once more by hand.</summary>
public sealed class AssignmentMovesTests
{
    const string No = "!";

    static readonly Dictionary<AssignmentState, string[]> Square = new()
    {
        //                            Claim     Move      Complete     Return    HandOff   Park      Open      Exhaust      Release
        [AssignmentState.Queued] = ["Leased", "Queued", No, No, No, No, No, No, "Released"],
        [AssignmentState.Leased] = [No, No, "Completed", "Queued", "Queued", "Parked", No, "Exhausted", "Released"],
        [AssignmentState.Parked] = ["Leased", "Queued", No, No, No, No, "Queued", No, "Released"],
        [AssignmentState.Completed] = [No, No, No, No, No, No, No, No, No],
        [AssignmentState.Released] = [No, No, No, No, No, No, No, No, No],
        [AssignmentState.Exhausted] = [No, No, No, No, No, No, No, No, No],
    };

    public static TheoryData<string, string, string> Pairs() =>
        [.. Square.SelectMany(row => row.Value.Select((next, i) => (row.Key.ToString(), ((AssignmentCause)i).ToString(), next)))];

    [Theory, MemberData(nameof(Pairs))]
    public void Every_pair_leads_somewhere_or_is_refused(string from, string cause, string to) =>
        Assert.Equal(to, AssignmentMoves.Next(Enum.Parse<AssignmentState>(from), Enum.Parse<AssignmentCause>(cause))?.ToString() ?? No);

    [Fact]
    public void The_square_names_every_state_and_cause()
    {
        Assert.Equal(Enum.GetValues<AssignmentState>(), Square.Keys);
        Assert.All(Square.Values, row => Assert.Equal(Enum.GetValues<AssignmentCause>().Length, row.Length));
    }

    [Fact]
    public void Nothing_leaves_a_final_state() =>
        Assert.All(Square, row => Assert.Equal(row.Value.All(v => v == No), AssignmentMoves.IsFinal(row.Key)));
}
