using ClaudeManage.Contracts.Http;
using ClaudeManage.Contracts.Workflow;
using ClaudeManage.ServiceDefaults.Edge;
using ClaudeManage.ServiceDefaults.Hosting;
using ClaudeManage.Workflow.Data;
using ClaudeManage.Workflow.Domain.Cooking;
using ClaudeManage.Workflow.Domain.Formulas;
using Microsoft.EntityFrameworkCore;

namespace ClaudeManage.Workflow;

/// <summary>A formula's source and where it is from: <c>rig</c>, <c>town</c> or <c>built-in</c>.</summary>
/// <param name="Row">Of one that was put into the town.</param>
/// <param name="InRig">Of one that is in a rig's repository.</param>
sealed record FoundFormula(string Source, string Origin, FormulaRow? Row = null, RigFormula? InRig = null);

/// <summary>Formulas by name: what is in the rig's repository goes before what was put into the town, and that before what comes with it. Cooks them.</summary>
sealed class FormulaLibrary(WorkflowDbContext db, RigFormulas rigs, TimeProvider clock)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>The source that counts; null when there is no such formula.</summary>
    /// <param name="rig">Whose repository is looked at first.</param>
    public async Task<FoundFormula?> FindAsync(string name, RigCopy? rig, CancellationToken ct)
    {
        if (rig is not null && await rigs.FindAsync(rig, name, ct) is { } own) return new FoundFormula(own.Source, "rig", InRig: own);
        var row = await db.Formulas.AsNoTracking().Where(f => f.Name == name).OrderByDescending(f => f.Revision).FirstOrDefaultAsync(ct);
        return row is not null ? new FoundFormula(row.Source, "town", row) : BuiltIn.All.TryGetValue(name, out var source) ? new FoundFormula(source, "built-in") : null;
    }

    /// <summary>What a rig's repository has; of a text that cannot be read, its name alone.</summary>
    public async Task<IReadOnlyList<FormulaSummary>> SummariesAsync(RigCopy rig, CancellationToken ct)
    {
        var all = new List<FormulaSummary>();
        foreach (var name in await rigs.NamesAsync(rig, ct))
            if (await rigs.FindAsync(rig, name, ct) is { } found)
                all.Add(FormulaReader.Read(found.Source, new Problems()) is { } f
                    ? new FormulaSummary(name, f.Description, Features.FormulaEndpoints.Word(f.Type), f.Version, 0, "rig", null, found.Commit)
                    : new FormulaSummary(name, null, "unreadable", 0, 0, "rig", null, found.Commit));
        return all;
    }

    /// <summary>Cooks a source with everything it names. Null with errors in <paramref name="problems"/>.</summary>
    public async Task<Protomolecule?> CookAsync(string source, IReadOnlyDictionary<string, string>? given, Problems problems, RigCopy? rig, CancellationToken ct)
    {
        if (FormulaReader.Read(source, problems) is not { } formula) return null;
        var library = new Dictionary<string, Formula?>();
        var missing = new Queue<string>(Cook.References(formula));
        while (missing.TryDequeue(out var name))
        {
            if (library.ContainsKey(name) || library.Count > 200) continue;
            library[name] = null;
            if (await FindAsync(name, rig, ct) is not { } found || FormulaReader.Read(found.Source, problems, name + "/") is not { } named) continue;
            library[name] = named;
            foreach (var next in Cook.References(named)) missing.Enqueue(next);
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Longest);
        try
        {
            return Cook.Run(formula, given ?? new Dictionary<string, string>(), name => name == formula.Name ? formula : library.GetValueOrDefault(name), problems, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            problems.Error("", $"it takes more than {Longest.TotalSeconds} seconds to cook; split it");
            return null;
        }
    }

    /// <summary>As <see cref="CookAsync"/> by name; refuses (404, 422) what cannot be cooked.</summary>
    public async Task<(Protomolecule Cooked, Problems Problems)> RequireAsync(string name, IReadOnlyDictionary<string, string>? given, RigCopy? rig, CancellationToken ct)
    {
        if (await FindAsync(name, rig, ct) is not { } found) throw Refusal.NotFound("formula", name).AsException();
        var problems = new Problems();
        if (found.InRig is { } own && FormulaReader.Read(own.Source, new Problems()) is { } read && read.Name != name)
            problems.Error("formula", $"{own.Path} is of a formula called \"{read.Name}\"; a file is called as its formula is");
        if (problems.HasErrors) throw Refuse(422, problems);
        return (await CookAsync(found.Source, given, problems, rig, ct) ?? throw Refuse(422, problems), problems);
    }

    /// <summary>Keeps a protomolecule; the same one is kept once.</summary>
    public async Task<string> KeepAsync(Protomolecule cooked, CancellationToken ct)
    {
        var json = Canonical.Write(cooked);
        var id = Canonical.IdOf(json);
        if (!await db.Protomolecules.AnyAsync(p => p.Id == id, ct)) db.Protomolecules.Add(new ProtomoleculeRow { Id = id, Formula = cooked.Formula, Json = json, CreatedAt = clock.Now() });
        return id;
    }

    /// <summary>All errors in one refusal: of a text that was sent (400), or of what was to be made of one that is kept (422).</summary>
    public static RefusalException Refuse(int status, Problems problems)
    {
        var errors = problems.All.Where(p => p.Severity == "error").ToList();
        var next = status == 400 ? "Correct the text and send it again; POST /formulas/validate tells the same and keeps nothing."
            : "Give the variables their values (\"vars\"), or correct the formula; GET /formulas/{name} shows both.";
        return new(new Refusal(status, "formula-invalid",
            $"The formula {(status == 400 ? "was not taken" : "cannot be cooked")}:\n{string.Join('\n', errors.Take(20).Select(e => $"{e.ToString().TrimEnd('.')}."))}\n{(errors.Count > 20 ? $"{errors.Count - 20} more are in \"problems\". " : "")}{next}",
            null, new Dictionary<string, object?> { ["problems"] = problems.All }));
    }
}
