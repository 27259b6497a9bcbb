using System.Diagnostics;
using System.Text.Json;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Bench;

/// <summary>A step whose output makes 500 steps, done by 8 workers; beside it 500 items of no workflow on the same pool by the same workers; and a long chain to its end.</summary>
static class FanOut
{
    const int Steps = 500, Workers = 8;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(TownClient town, string rig, CancellationToken ct)
    {
        var agents = await Setup.AgentsAsync(town, rig, Workers, ct);
        await town.PutFormula("fan-one", """{"formula":"fan-one","vars":{"n":{"required":true}},"steps":[{"id":"do","title":"Do {{n}}"}]}""").SendAsync(ct);
        await town.PutFormula("fan", """
            {"formula":"fan","steps":[{"id":"find","title":"Find","on_complete":{"for_each":"output.all","bond":"fan-one","vars":{"n":"{item}"}}},
             {"id":"end","title":"End","needs":["find"],"waits_for":"all-children"}]}
            """).SendAsync(ct);

        var items = await Setup.ItemsAsync(town, rig, Steps, ct);
        await Setup.QuietAsync(town, ct);
        await Setup.SlingAsync(town, rig, items, ct);
        var plain = await WorkAsync(agents, rig, Steps, ct);
        await Setup.QuietAsync(town, ct);

        var molecule = await town.Pour(new PourRequest("fan", RigId: rig)).SendAsync(ct);
        var find = await ClaimAsync(agents[0], rig, ct);
        // The clock runs from the output that makes them to the last one's done: making, slinging and working.
        var begin = Stopwatch.GetTimestamp();
        await DoneAsync(agents[0], find, JsonSerializer.SerializeToElement(new { all = Enumerable.Range(0, Steps) }), ct);
        await WorkAsync(agents, rig, Steps, ct);
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        await DoneAsync(agents[0], await ClaimAsync(agents[0], rig, ct), null, ct);
        await OverAsync(town, molecule.Id, ct);
        var chain = await ChainAsync(town, agents[0], rig, ct);
        foreach (var agent in agents) agent.Dispose();
        return
        [
            chain,
            new BenchRow($"fan-out of {Steps} steps, {Workers} workers", $"{Steps / seconds:0} steps/s", $"{plain:0}/s items of no workflow", Steps / seconds / plain, "", null),
        ];
    }

    /// <summary>A chain of 1 025 steps, each needing the one before, to its end by one worker: every step waits for the word that the one before is done.</summary>
    static async Task<BenchRow> ChainAsync(TownClient town, TownClient agent, string rig, CancellationToken ct)
    {
        const int Long = 1_025;
        await town.PutFormula($"chain{Long}", FormulaSize.Text(Long)).SendAsync(ct);
        var begin = Stopwatch.GetTimestamp();
        var molecule = await town.Pour(new PourRequest($"chain{Long}", RigId: rig)).SendAsync(ct);
        var poured = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < Long; i++)
        {
            var claim = await ClaimAsync(agent, rig, ct);
            if (claim.WorkItem.ExternalRef != $"{molecule.Id}#s{i}") throw new InvalidOperationException($"After {i} steps came {claim.WorkItem.ExternalRef}.");
            await DoneAsync(agent, claim, null, ct);
        }
        await OverAsync(town, molecule.Id, ct);
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return new BenchRow($"chain of {Long} steps to its end, 1 worker", $"{Long / seconds:0} steps/s", $"{poured:0.00} s to pour it", null, $"poured in < {FormulaSize.LongestSeconds:0} s", poured < FormulaSize.LongestSeconds);
    }

    static async Task OverAsync(TownClient town, string molecule, CancellationToken ct)
    {
        while ((await town.Molecule(molecule).SendAsync(ct)).State is var state && state != MoleculeState.Completed)
        {
            if (state == MoleculeState.Failed) throw new InvalidOperationException($"{molecule} failed.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), ct);
        }
    }

    /// <summary>Claim and done until so many are done; how many a second.</summary>
    static async Task<double> WorkAsync(IReadOnlyList<TownClient> agents, string rig, int count, CancellationToken ct)
    {
        var (left, begin) = (count, Stopwatch.GetTimestamp());
        await Task.WhenAll(agents.Select(async agent =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await DoneAsync(agent, await ClaimAsync(agent, rig, ct), null, ct);
        }));
        return count / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    static async Task<ClaimResult> ClaimAsync(TownClient agent, string rig, CancellationToken ct) =>
        await agent.Claim($"{rig}/pool", Patience).SendAsync(ct) ?? throw new InvalidOperationException($"For {Patience.TotalSeconds:0} s there was nothing to claim.");

    static Task DoneAsync(TownClient agent, ClaimResult claim, JsonElement? output, CancellationToken ct) =>
        agent.Done(claim.WorkItem.Id, new DoneRequest(claim.Lease.Token, CompletionOutcome.Completed, "measured", Output: output)).SendAsync(ct);
}
