using ClaudeManage.Contracts.Refinery;
using ClaudeManage.Refinery.Sagas;
using ClaudeManage.Tests.Hosting;

namespace ClaudeManage.RefineryTests;

/// <summary>Every state × event, against a table that is written down once more by hand.</summary>
public sealed class MachineTests
{
    const string Same = "=", No = "!";

    static readonly ConflictInfo Conflict = new(["f"], "main", "t", null);

    static readonly (string Name, IMergeRequestEvent Event)[] Events =
    [
        ("submit", new Submit()), ("candidate", new TakeCandidate("main", "c", "b", "m", "t", "p", "q")), ("gating", new BeginGating()), ("passed", new PassGates()),
        ("landed", new ProveLanded("m")), ("moved", new Requeue("r")), ("conflict", new FindConflict(Conflict, "main", "c", "b", "f")), ("refused", new Refusing("f")),
        ("withdraw", new Withdraw("w")), ("retry", new TryAgain()), ("held for convoy", new HoldForConvoy()), ("convoy lands", new LandWithConvoy()),
    ];

    static readonly Dictionary<string, string[]> Square = new()
    {
        //               submit    candidate  gating    passed     landed    moved     conflict      refused     withdraw      retry, held, convoy lands
        ["Initial"] = ["Queued", No, No, No, No, No, No, No, No, No, No, No],
        ["Queued"] = [Same, "Batched", No, No, No, Same, "Conflicted", "Rejected", "Superseded", No, No, No],
        ["Batched"] = [Same, No, "Gating", No, No, "Queued", No, "Rejected", "Superseded", No, No, No],
        ["Gating"] = [Same, No, No, "Landing", No, "Queued", No, "Rejected", "Superseded", No, "Proved", No],
        ["Landing"] = [Same, No, No, No, "Merged", "Queued", No, No, Same, No, No, No],
        ["Proved"] = [Same, No, No, No, No, "Queued", No, "Rejected", "Superseded", No, No, "Landing"],
        ["Merged"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, No, Same, Same],
        ["Conflicted"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, "Queued", Same, Same],
        ["Rejected"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, "Queued", Same, Same],
        ["Superseded"] = [Same, Same, Same, Same, Same, Same, Same, Same, Same, No, Same, Same],
    };

    public static TheoryData<string, string, string> Pairs() =>
        [.. Square.SelectMany(row => row.Value.Select((next, i) => (row.Key, Events[i].Name, next)))];

    [Theory, MemberData(nameof(Pairs))]
    public async Task Every_pair_moves_is_ignored_or_is_refused(string state, string happened, string next)
    {
        var request = new MergeRequest { CurrentState = state };
        var raise = () => RaiseAsync(request, Events.Single(e => e.Name == happened).Event);
        if (next == No) await Assert.ThrowsAsync<TransitionRefusedException>(raise);
        else await raise();
        Assert.Equal(next is No or Same ? state : next, request.CurrentState);
    }

    [Fact]
    public void The_table_names_every_state_and_every_event()
    {
        var machine = new MergeRequestStateMachine();
        Assert.Equal(machine.States.Select(s => s.Name).Where(n => n != "Final").Order(), Square.Keys.Order());
        Assert.Equal(machine.Events.Count(), Events.Length);
        Assert.Equal(Enum.GetNames<MergeRequestState>().Order(), Square.Keys.Where(k => k != "Initial").Order());
    }

    [Fact]
    public async Task What_is_withdrawn_while_it_lands_is_superseded_only_if_it_did_not_land()
    {
        var missed = new MergeRequest { CurrentState = "Landing" };
        await RaiseAsync(missed, new Withdraw("newer"));
        await RaiseAsync(missed, new Requeue("moved"));
        Assert.Equal(("Superseded", "newer"), (missed.CurrentState, missed.Feedback));
        var landed = new MergeRequest { CurrentState = "Landing" };
        await RaiseAsync(landed, new Withdraw("newer"));
        await RaiseAsync(landed, new ProveLanded("m"));
        Assert.Equal(("Merged", "m"), (landed.CurrentState, landed.MergedCommit));
    }

    [Fact]
    public async Task The_diagram_in_the_docs_is_the_machine()
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (state, (name, happened), withdrawn) in from s in Square.Keys from e in Events from w in new[] { null, "withdrawn" } select (s, e, w))
        {
            var request = new MergeRequest { CurrentState = state, Withdrawn = withdrawn };
            try { await RaiseAsync(request, happened); }
            catch (TransitionRefusedException) { continue; }
            if (request.CurrentState == state || (withdrawn is not null && state != "Landing")) continue;
            lines.Add($"    {(state == "Initial" ? "[*]" : state)} --> {request.CurrentState}: {name}{(withdrawn is not null && name == "moved" ? " (withdrawn meanwhile)" : "")}");
        }
        Approved.VerifyFile(Path.Combine(Repository(), "docs", "diagrams", "merge-request.md"), $"""
            # Merge request

            The states of one change on its way into a target branch (`MergeRequestStateMachine`). Made from the machine; a test compares them.

            ```mermaid
            stateDiagram-v2
            {string.Join('\n', lines)}
            ```
            """);
    }

    static Task RaiseAsync(MergeRequest request, IMergeRequestEvent happened)
    {
        var machine = new MergeRequestStateMachine();
        var ct = TestContext.Current.CancellationToken;
        return happened switch
        {
            Submit e => machine.RaiseAsync(request, e, ct),
            TakeCandidate e => machine.RaiseAsync(request, e, ct),
            BeginGating e => machine.RaiseAsync(request, e, ct),
            PassGates e => machine.RaiseAsync(request, e, ct),
            ProveLanded e => machine.RaiseAsync(request, e, ct),
            Requeue e => machine.RaiseAsync(request, e, ct),
            FindConflict e => machine.RaiseAsync(request, e, ct),
            Refusing e => machine.RaiseAsync(request, e, ct),
            Withdraw e => machine.RaiseAsync(request, e, ct),
            TryAgain e => machine.RaiseAsync(request, e, ct),
            HoldForConvoy e => machine.RaiseAsync(request, e, ct),
            LandWithConvoy e => machine.RaiseAsync(request, e, ct),
            _ => throw new ArgumentOutOfRangeException(nameof(happened)),
        };
    }

    static string Repository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "ClaudeManage.sln"))) return directory.FullName;
        throw new InvalidOperationException("not inside the repository");
    }
}
