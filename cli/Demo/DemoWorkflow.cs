using System.Reflection;
using ClaudeManage.Client;
using ClaudeManage.Contracts.Convoy;
using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Work;
using ClaudeManage.Contracts.Workflow;

namespace ClaudeManage.Cli.Demo;

/// <summary>The demo's workflow: a loop, a gate that opens by itself, one that waits for a person, and a last step. Its steps land like every other item.</summary>
sealed class DemoWorkflow(DemoState state, DemoScreen screen, TownClient town)
{
    const string Formula = "tips", Rig = "pay", Why = "the prices are right";

    /// <summary>Puts the formula into the town and pours it; its steps are items of the demo from now on.</summary>
    public async Task<MoleculeDetail> PourAsync(CancellationToken ct)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"demo/{Formula}.formula.toml")!;
        using var reader = new StreamReader(stream);
        await town.PutFormula(Formula, await reader.ReadToEndAsync(ct)).SendAsync(ct);
        var molecule = await town.Pour(new PourRequest(Formula, RigId: Rig)).SendAsync(ct);
        foreach (var step in molecule.Steps.Where(s => s.Kind is StepKind.Work)) state.Add(new DemoItem(step.WorkItemId!, $"{Formula}/{step.Id}", Rig, step.Title));
        screen.Say($"the formula {Formula} is poured: {molecule.Id} with {molecule.Total} steps");
        return molecule;
    }

    /// <summary>A convoy over both rigs, of the molecule and an item that waits for one of its steps: that one the convoy puts on a hook, the steps their workflow.</summary>
    public async Task<string> ConvoyAsync(MoleculeDetail molecule, CancellationToken ct)
    {
        var first = molecule.Steps.First(s => s.Kind is StepKind.Work).WorkItemId!;
        await state.WhenAsync(e => e.WorkItemId == first && e.EventType == WorkItemCreated.Type, ct);
        var receipt = (await town.CreateWorkItems([DemoPlan.ReceiptItem(first)]).SendAsync(ct)).Items.Single();
        state.Add(new DemoItem(receipt.Id, DemoPlan.Receipt, receipt.RigId, receipt.Title));
        var convoy = await town.CreateConvoy(new CreateConvoyRequest("Demo: tips and their receipt", [receipt.Id], Dispatch: ConvoyDispatch.Auto, Molecule: molecule.Id, Launch: true)).SendAsync(ct);
        screen.Say($"{convoy.Id} holds the steps of {molecule.Id} and {receipt.Id} of the other rig");
        return convoy.Id;
    }

    /// <summary>What a person does: reads what waits, and decides. Then it runs to its end.</summary>
    public async Task DecideAsync(string molecule, CancellationToken ct)
    {
        var over = state.WhenAsync(e => e.WorkflowInstanceId == molecule && e.EventType is "molecule.completed" or "molecule.failed", ct);
        var asked = state.WhenAsync(e => e.WorkflowInstanceId == molecule && e.EventType == "gate.waiting" && e.Payload.GetProperty("gate").GetProperty("type").GetString() == "human", ct);
        if (await Task.WhenAny(asked, over) == asked)
        {
            var gate = (await town.Gates(molecule).SendAsync(ct)).Items.Single();
            await town.OpenGate(gate.Id, Why).SendAsync(ct);
        }
        if ((await over).EventType != "molecule.completed") throw new DemoException($"The workflow {molecule} failed: {(await town.Molecule(molecule).SendAsync(ct)).Reason}");
        screen.Say($"the workflow {molecule} is completed");
    }

    /// <summary>What is wrong with how it ran; nothing when all is well.</summary>
    public static async Task<(IReadOnlyList<string> Wrong, string Finding)> LookAsync(TownClient town, string id, CancellationToken ct)
    {
        var molecule = await town.Molecule(id).SendAsync(ct);
        var done = (await town.MoleculeLog(id, limit: 500).SendAsync(ct)).Items.Where(l => l.To == "done").Select(l => l.StepId).ToList();
        var wrong = molecule.Steps.Where(s => s.State is not StepState.Done || done.Count(d => d == s.Id) != 1).Select(s => $"{s.Id} is {s.State}, done {done.Count(d => d == s.Id)} times").ToList();
        if (molecule.State is not MoleculeState.Completed) wrong.Add($"{id} is {molecule.State}");
        foreach (var (type, by) in ((string, string)[])[("timer", "system/workflow"), ("human", "overseer")])
            if (molecule.Gates.Where(g => g.Type == type).ToList() is not [{ State: GateState.Open } gate] || gate.By != by || (type == "human" && gate.Reason != Why))
                wrong.Add($"the {type} gate is not open by {by}");
        return (wrong, $"{id}: {molecule.Total} steps, each once; a loop, a timer, a person's decision");
    }
}
