using ClaudeManage.Client;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Supervisor;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.Git;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys;

/// <summary>kill -9 of the process that supervises commands: one goes on, two end meanwhile, one dies with it.</summary>
public sealed class CommandJourney : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly ScratchDirectory _scratch = new("journey-commands");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Each says that it runs, and waits until it may end; the one that dies waits for ever the first time.</summary>
    string Formula => $$"""
        formula = "three"
        [[steps]]
        id = "goes-on"
        title = "Goes on"
        run = '''echo x >>{{_scratch["goes-on"]}}; while [ ! -f {{_scratch["go-on"]}} ]; do sleep 0.05; done; echo '{"n":1}' '''
        [[steps]]
        id = "ends"
        title = "Ends"
        run = '''echo x >>{{_scratch["ends"]}}; while [ ! -f {{_scratch["end"]}} ]; do sleep 0.05; done; echo '{"n":2}' '''
        [[steps]]
        id = "fails"
        title = "Fails"
        run = '''echo x >>{{_scratch["fails"]}}; while [ ! -f {{_scratch["end"]}} ]; do sleep 0.05; done; echo no use; exit 3'''
        on_failure = "continue"
        [[steps]]
        id = "dies"
        title = "Dies"
        run = '''echo x >>{{_scratch["dies"]}}; [ "$(wc -l <{{_scratch["dies"]}})" -gt 1 ] || sleep 300; echo '{"n":3}' '''
        """;

    [Fact]
    public async Task What_went_on_is_adopted_what_ended_is_told_and_what_died_is_run_again()
    {
        await using var town = await TownProcess.StartAsync(_scratch["town"], Ct, new Dictionary<string, string> { ["Supervisor:Slots"] = "4", ["Supervisor:HeartbeatSeconds"] = "1" });
        var client = await town.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig("shop", "sh")).SendAsync(Ct);
        await client.PutFormula("three", Formula).SendAsync(Ct);
        var molecule = await Eventually.ResultAsync(async () => (await client.Pour(new PourRequest("three", RigId: "shop")).SendAsync(Ct)).Id, Patience, "Workflow has heard of the rig", Ct);
        var steps = await RunningAsync(client, molecule);

        await town.KillAsync();
        await File.WriteAllTextAsync(_scratch["end"], "", Ct);
        foreach (var pid in Processes(steps["dies"])) Signals.Send(pid, Signal.Kill);
        await Eventually.TrueAsync(() => ((string[])["ends", "fails", "dies"]).All(s => Processes(steps[s]).Count == 0), Patience, "all but one are over", Ct);
        Assert.NotEmpty(Processes(steps["goes-on"]));
        await town.StartAsync(Ct);
        await File.WriteAllTextAsync(_scratch["go-on"], "", Ct);

        client = await town.OverseerAsync(Ct);
        var over = await Eventually.ResultAsync(async () => await client.Molecule(molecule).SendAsync(Ct) is { EndedAt: not null } m ? m : null, Patience, "the molecule is over", Ct);
        Assert.Equal(MoleculeState.Completed, over.State);
        Assert.Equal(["dies Done 1 {\"n\":3}", "ends Done 1 {\"n\":2}", "fails Failed 1 ", "goes-on Done 1 {\"n\":1}"],
            over.Steps.OrderBy(s => s.Id, StringComparer.Ordinal).Select(s => $"{s.Id} {s.State} {s.Attempt} {s.Output?.GetRawText()}"));
        Assert.Equal("permanent", over.Steps.Single(s => s.Id == "fails").FailureClass);
        Assert.Contains("no use", over.Steps.Single(s => s.Id == "fails").Reason);
        // As often as a supervisor could know of it.
        Assert.Equal(["dies 2", "ends 1", "fails 1", "goes-on 1"], steps.Keys.Order(StringComparer.Ordinal).Select(s => $"{s} {File.ReadAllLines(_scratch[s]).Length}"));
        var sessions = (await client.Sessions(limit: 100).SendAsync(Ct)).Items;
        Assert.Equal([SessionState.Lost, SessionState.Exited, SessionState.Exited, SessionState.Exited, SessionState.Exited], sessions.OrderBy(s => s.State != SessionState.Lost).Select(s => s.State));
        Assert.Equal(steps["dies"], sessions.Single(s => s.State == SessionState.Lost).Id);
        Assert.All(sessions, s => Assert.Empty(Processes(s.Id)));
        Assert.True((await client.Call<TrailVerification>(HttpMethod.Get, "events/verify").SendAsync(Ct)).Ok);
    }

    /// <summary>The session of each step, once all of them have begun and are on record.</summary>
    async Task<Dictionary<string, Guid>> RunningAsync(TownClient client, string molecule)
    {
        Dictionary<string, Guid> found = [];
        await Eventually.TrueAsync(async () =>
        {
            var steps = (await client.Molecule(molecule).SendAsync(Ct)).Steps;
            var running = (await client.Sessions(live: true).SendAsync(Ct)).Items.Where(s => s is { State: SessionState.Running, Pid: not null }).ToList();
            found = running.ToDictionary(s => steps.Single(step => step.WorkItemId == s.WorkItemId).Id, s => s.Id);
            return found.Count == steps.Count && found.Keys.All(s => File.Exists(_scratch[s]));
        }, Patience, "the commands run", Ct);
        return found;
    }

    static IReadOnlyList<int> Processes(Guid session) => ProcessGroup.FindByMark(ProcessMark.SessionVariable, session.ToString());

    /// <inheritdoc />
    public void Dispose() => _scratch.Dispose();
}
