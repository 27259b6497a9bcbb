using ClaudeManage.Client;
using ClaudeManage.Contracts.Hook;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Tests.Servers;

namespace ClaudeManage.Journeys.Telemetry;

/// <summary>An item that an agent does and the merge queue lands, in a town that sends its telemetry to a collector.</summary>
sealed class TraceStory : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    readonly TestRepository _repository = new("trace");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Plays it on a rig of that name. The whole trace of the item, from the request that created it to the consumer that closes it.</summary>
    public async Task<IReadOnlyList<CollectedSpan>> PlayAsync(IRunningTown town, OtlpCollector collector, string rig, string prefix)
    {
        // An agent that commits the trace it was given.
        await _repository.CreateAsync("test -s a.txt", "echo \"traceparent: $TRACEPARENT\" > a.txt\ngit add -A\ngit commit -q -m 'Add a'");
        var client = await town.OverseerAsync(Ct);
        await client.CreateRig(new CreateRig(rig, prefix, _repository.Origin, Settings: new RigSettings(RuntimeOptions: new RuntimeOptions([_repository.Agent]),
            Merge: new MergeSettings(Gates: [new GateDefinition("files", ["sh", "gate.sh"], 60)])))).SendAsync(Ct);
        var item = await client.CreateWorkItem(new CreateWorkItem(rig, "Add a")).SendAsync(Ct);
        await Eventually.ResultAsync(async () => await client.Sling($"{rig}/pool", new SlingRequest(item.Id)).SendAsync(Ct), Patience, "Hook has heard of the rig", Ct);
        await Eventually.TrueAsync(async () => (await client.Call<WorkItemDetail>(HttpMethod.Get, $"work-items/{item.Id}").SendAsync(Ct)).Outcome?.Kind == OutcomeKind.Merged, Patience, "the item lands", Ct);

        var trace = await ItemTrace.WholeAsync(collector, item.Id, ItemTrace.Landed, "work-merge-facts", Ct);

        var claim = trace.Single(s => s.Name == "claim");
        Assert.Equal((rig, "1"), (claim.Attributes["rig"], claim.Attributes["fence"]));
        Assert.StartsWith($"{rig}/polecats/", claim.Attributes["actor"]);
        Assert.Equal(("files", "passed"), (trace.Single(s => s.Name == "gate").Attributes["gate"], trace.Single(s => s.Name == "gate").Attributes["result"]));
        Assert.Contains($"traceparent: 00-{claim.TraceId}-", await _repository.GitAsync("show", "main:a.txt"));
        return trace;
    }

    /// <inheritdoc />
    public void Dispose() => _repository.Dispose();
}
